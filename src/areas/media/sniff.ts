/** File types by their first bytes. */
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
  // HEIC and QuickTime share MP4's container, so their brands come before it.
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

/** Whether a WebP is animated, by its first 32 bytes. */
export function isAnimatedWebp(head: Uint8Array): boolean {
  // The extended header VP8X has a flag for animation.
  return Buffer.from(head.subarray(12, 16)).toString("latin1") === "VP8X" && (head[20]! & 0x02) !== 0;
}

/** Types that a browser displays without running anything in the file. */
export const isShowable = (mime: string): boolean =>
  /^(image\/(jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/.test(mime);

const OOXML = "application/vnd.openxmlformats-officedocument";
/** Office files are zips: the kind follows from a folder inside, or from the file name's extension. */
const ZIP_OFFICE_TYPES = [
  { extension: ".docx", folder: "word/", mime: `${OOXML}.wordprocessingml.document` },
  { extension: ".xlsx", folder: "xl/", mime: `${OOXML}.spreadsheetml.sheet` },
  { extension: ".pptx", folder: "ppt/", mime: `${OOXML}.presentationml.presentation` },
];
const OLE_OFFICE_TYPES: Record<string, string> = {
  ".doc": "application/msword",
  ".xls": "application/vnd.ms-excel",
  ".ppt": "application/vnd.ms-powerpoint",
};

const extensionIn = (name: string): string => /\.\w+$/.exec(name)?.[0].toLowerCase() ?? "";

/**
 * The type of a zip that is an Office file: by its entries, or by the name's extension if the first bytes do not show
 * the folder.
 */
function officeType(head: Uint8Array, name: string): string | undefined {
  const entries = entriesOf(Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64 * 1024)));
  if (!entries.some((entry) => entry === "[Content_Types].xml" || entry === "_rels/.rels")) return undefined;
  const extension = extensionIn(name);
  return (
    ZIP_OFFICE_TYPES.find(({ folder }) => entries.some((entry) => entry.startsWith(folder))) ??
    ZIP_OFFICE_TYPES.find((one) => one.extension === extension)
  )?.mime;
}

/** The names of the entries in the first bytes of a zip. */
function entriesOf(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; (at = zip.indexOf("PK\u0003\u0004", at, "latin1")) !== -1 && at + 30 <= zip.length; at += 30) {
    names.push(zip.toString("latin1", at + 30, at + 30 + zip.readUInt16LE(at + 26)));
  }
  return names;
}

/**
 * The type to store and serve. The bytes decide. If they do not, the claimed type counts, but only one that a browser
 * would not run. `application/octet-stream` is ignored: clients send it when they do not know the type.
 */
export function trustedType(head: Uint8Array, claimed: string | undefined, name = ""): string {
  const sniffed = sniffType(head);
  const base = claimed?.split(";")[0]!.trim().toLowerCase();
  // Office files are zips, the older ones OLE: only these two need the name or the claimed type.
  const container = sniffed === "application/zip" || sniffed === "application/x-ole-storage";
  if (sniffed && !container) return sniffed;
  const office =
    sniffed === "application/zip"
      ? officeType(head, name)
      : container
        ? OLE_OFFICE_TYPES[extensionIn(name)]
        : undefined;
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

/** The extension with its dot, for a file without a name; for most types it is the subtype. "" if none is known. */
export function extensionOf(mime: string): string {
  const extension = EXTENSIONS[mime] ?? /^\w+\/([a-z]{3,4})$/.exec(mime)?.[1];
  return extension === undefined ? "" : `.${extension}`;
}
