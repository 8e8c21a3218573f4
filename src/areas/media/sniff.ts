/** What a file is by its first bytes, whatever it was called. Pure. Undefined: not one of these. */
const SIGNATURES: readonly (readonly [mime: string, offset: number, bytes: string])[] = [
  ["image/jpeg", 0, "ffd8ff"],
  ["image/png", 0, "89504e470d0a1a0a"],
  ["image/gif", 0, "474946383761"],
  ["image/gif", 0, "474946383961"],
  ["image/webp", 8, "57454250"],
  ["application/pdf", 0, "255044462d"],
  ["audio/ogg", 0, "4f676753"],
  ["audio/mpeg", 0, "494433"],
  ["audio/mpeg", 0, "fffb"],
  ["audio/mpeg", 0, "fff3"],
  ["audio/mpeg", 0, "fff2"],
  ["audio/aac", 0, "fff1"],
  ["audio/aac", 0, "fff9"],
  ["audio/amr", 0, "2321414d52"],
  ["audio/mp4", 4, "667479704d3441"],
  // Of one family with MP4, and not to be taken for it: photos of telephones, and films of Apple's.
  ["image/heic", 4, "6674797068656963"],
  ["image/heic", 4, "6674797068656978"],
  ["image/heic", 4, "667479706d696631"],
  ["image/avif", 4, "6674797061766966"],
  ["video/quicktime", 4, "6674797071742020"],
  ["video/3gpp", 4, "66747970336770"],
  ["video/mp4", 4, "66747970"],
  ["application/zip", 0, "504b0304"],
  ["application/x-ole-storage", 0, "d0cf11e0a1b11ae1"],
];

export function sniffType(head: Uint8Array): string | undefined {
  const hex = Array.from(head.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return SIGNATURES.find(([, offset, bytes]) => hex.startsWith(bytes, offset * 2))?.[0];
}

/** Of a WebP's first 32 bytes: whether it moves. */
export function isAnimatedWebp(head: Uint8Array): boolean {
  // "VP8X", and in its flags the bit for animation.
  return Buffer.from(head.subarray(12, 16)).toString("latin1") === "VP8X" && (head[20]! & 0x02) !== 0;
}

/** Types that a browser may show by itself without running anything of the file's. */
export const isShowable = (mime: string): boolean =>
  /^(image\/(jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/.test(mime);

const OFFICE = "application/vnd.openxmlformats-officedocument";
/** By the ending of their names, and by the folder that such a zip has. */
const OFFICE_ZIPS = [
  { ending: ".docx", folder: "word/", mime: `${OFFICE}.wordprocessingml.document` },
  { ending: ".xlsx", folder: "xl/", mime: `${OFFICE}.spreadsheetml.sheet` },
  { ending: ".pptx", folder: "ppt/", mime: `${OFFICE}.presentationml.presentation` },
];
const OLD_OFFICE: Record<string, string> = {
  ".doc": "application/msword",
  ".xls": "application/vnd.ms-excel",
  ".ppt": "application/vnd.ms-powerpoint",
};

const endingOf = (name: string): string => /\.\w+$/.exec(name)?.[0].toLowerCase() ?? "";

/** What a zip says of itself if it is an Office file: by what is in it, and where its first bytes do not tell the kind, by its name. */
function officeType(head: Uint8Array, name: string): string | undefined {
  const entries = entriesOf(Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64 * 1024)));
  if (!entries.some((entry) => entry === "[Content_Types].xml" || entry === "_rels/.rels")) return undefined;
  const ending = endingOf(name);
  return (
    OFFICE_ZIPS.find(({ folder }) => entries.some((entry) => entry.startsWith(folder))) ??
    OFFICE_ZIPS.find((one) => one.ending === ending)
  )?.mime;
}

/** The names of what is in the beginning of a zip. */
function entriesOf(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; (at = zip.indexOf("PK\u0003\u0004", at, "latin1")) !== -1 && at + 30 <= zip.length; at += 30) {
    names.push(zip.toString("latin1", at + 30, at + 30 + zip.readUInt16LE(at + 26)));
  }
  return names;
}

/**
 * The type to keep. What the bytes say wins; what they do not say is taken from the channel, but never as something that a
 * browser would run. `application/octet-stream` says nothing: it is what programs send that do not know.
 */
export function trustedType(head: Uint8Array, claimed: string | undefined, name = ""): string {
  const sniffed = sniffType(head);
  const base = claimed?.split(";")[0]!.trim().toLowerCase();
  // A voice note is Ogg with a codec in its name; Office files are zip files, the older ones OLE.
  const container = sniffed === "application/zip" || sniffed === "application/x-ole-storage";
  if (sniffed && !container) return sniffed;
  const office =
    sniffed === "application/zip" ? officeType(head, name) : container ? OLD_OFFICE[endingOf(name)] : undefined;
  if (office) return office;
  if (base && /^application\/(vnd\.[\w.+-]+|zip|msword|json)$/.test(base)) return base;
  if (base === "text/plain" || base === "text/csv") return base;
  return sniffed ?? "application/octet-stream";
}

const EXTENSIONS: Record<string, string> = {
  "image/jpeg": "jpg",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "video/quicktime": "mov",
  "video/3gpp": "3gp",
  "text/plain": "txt",
  "application/msword": "doc",
  "application/vnd.ms-excel": "xls",
  "application/vnd.ms-powerpoint": "ppt",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};

/** With its dot, for a file without a name: of most types the extension is the subtype. "" of those that have none. */
export function extensionOf(mime: string): string {
  const extension = EXTENSIONS[mime] ?? /^\w+\/([a-z]{3,4})$/.exec(mime)?.[1];
  return extension === undefined ? "" : `.${extension}`;
}
