import { frameType, oggType, taggedType } from "./audio-type";

/** File types by their first bytes. */
const SIGNATURES: readonly (readonly [mime: string, offset: number, bytes: string])[] = [
  ["image/jpeg", 0, "ffd8ff"],
  ["image/png", 0, "89504e470d0a1a0a"],
  ["image/gif", 0, "474946383761"],
  ["image/gif", 0, "474946383961"],
  ["image/webp", 8, "57454250"],
  ["application/pdf", 0, "255044462d"],
  ["application/ogg", 0, "4f676753"],
  ["audio/mpeg", 0, "494433"],
  ["audio/amr", 0, "2321414d52"],
  ["audio/flac", 0, "664c6143"],
  ["audio/wav", 8, "57415645"],
  ["video/x-msvideo", 8, "41564920"],
  ["video/webm", 0, "1a45dfa3"],
  ["image/tiff", 0, "49492a00"],
  ["image/tiff", 0, "4d4d002a"],
  // Images, QuickTime and 3GP share MP4's container, so their brands come before it; every other brand is MP4.
  ["audio/mp4", 4, "667479704d3441"],
  ["audio/mp4", 4, "667479704d3442"],
  ["audio/mp4", 4, "667479704d3450"],
  ["audio/mp4", 4, "66747970463441"],
  ["image/heic", 4, "66747970686569"],
  ["image/heic", 4, "66747970686576"],
  ["image/heic", 4, "667479706d696631"],
  ["image/heic", 4, "667479706d736631"],
  ["image/avif", 4, "66747970617669"],
  ["video/quicktime", 4, "6674797071742020"],
  ["video/3gpp2", 4, "66747970336732"],
  ["video/3gpp", 4, "66747970336770"],
  ["video/mp4", 4, "66747970"],
  ["application/zip", 0, "504b0304"],
  ["application/x-ole-storage", 0, "d0cf11e0a1b11ae1"],
];

/** At 8 stands the form of a RIFF file. */
const isAt = (hex: string, offset: number, bytes: string): boolean =>
  hex.startsWith(bytes, offset * 2) && (offset !== 8 || hex.startsWith("52494646"));

/** By the first bytes alone: `TypeReader` also reads the tracks of an MP4. */
export function sniffType(head: Uint8Array): string | undefined {
  const hex = Array.from(head.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const mime = SIGNATURES.find(([, offset, bytes]) => isAt(hex, offset, bytes))?.[0] ?? frameType(head);
  if (mime === "application/ogg") return oggType(head);
  return hex.startsWith("494433") ? taggedType(head) : mime;
}

/** Whether a WebP is animated, by its first 32 bytes. */
export function isAnimatedWebp(head: Uint8Array): boolean {
  // The extended header VP8X has a flag for animation.
  return Buffer.from(head.subarray(12, 16)).toString("latin1") === "VP8X" && (head[20]! & 0x02) !== 0;
}

/** Types that a browser displays without running anything in the file. */
export const isShowable = (mime: string): boolean =>
  /^(image\/(jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)(; codecs=\w+)?$/.test(mime);

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

const ENTRY_HEADER_BYTES = 30;
const MAX_ENTRIES = 200;
/** The start of each name; longer than every name that is looked for. */
const NAME_BYTES = 32;

/** The names, cut, of the first entries in the first bytes of a zip. Names never overlap, so they cost no more than it. */
function entriesOf(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = 0; names.length < MAX_ENTRIES && (at = zip.indexOf("PK\u0003\u0004", at, "latin1")) !== -1;) {
    const start = at + ENTRY_HEADER_BYTES;
    if (start > zip.length) break;
    const nameBytes = zip.readUInt16LE(at + 26);
    names.push(zip.toString("latin1", start, start + Math.min(nameBytes, NAME_BYTES)));
    at = start + nameBytes;
  }
  return names;
}

/** Containers that hold either; whether there is video is not in their first bytes. */
export const AUDIO_OF: Record<string, string> = {
  "video/mp4": "audio/mp4",
  "video/3gpp": "audio/3gpp",
  "video/3gpp2": "audio/3gpp2",
  "video/webm": "audio/webm",
};

/**
 * The type of a file by its first bytes. The bytes decide. If they do not, the claimed type counts, but only one that a browser
 * would not run. `application/octet-stream` is ignored: clients send it when they do not know the type.
 */
export function trustedType(head: Uint8Array, claimed: string | undefined, name = ""): string {
  const sniffed = sniffType(head);
  const base = claimed?.split(";")[0]!.trim().toLowerCase();
  // Office files are zips, the older ones OLE: only these two need the name or the claimed type.
  const container = sniffed === "application/zip" || sniffed === "application/x-ole-storage";
  if (sniffed && !container) return (base?.startsWith("audio/") && AUDIO_OF[sniffed]) || sniffed;
  const office =
    sniffed === "application/zip"
      ? officeType(head, name)
      : container
        ? OLE_OFFICE_TYPES[extensionIn(name)]
        : undefined;
  if (office) return office;
  if (base && /^application\/(vnd\.[\w.+-]+|zip|msword|json)$/.test(base)) return base;
  // None of these is displayed (isShowable).
  if (base && ["text/plain", "text/csv", "text/calendar", "message/rfc822"].includes(base)) return base;
  return sniffed ?? "application/octet-stream";
}

const EXTENSIONS: Record<string, string> = {
  "image/jpeg": "jpg",
  "audio/mpeg": "mp3",
  "audio/mp4": "m4a",
  "audio/ogg": "ogg",
  "audio/3gpp": "3gp",
  "audio/3gpp2": "3g2",
  "audio/webm": "weba",
  "video/quicktime": "mov",
  "video/3gpp": "3gp",
  "video/3gpp2": "3g2",
  "video/ogg": "ogv",
  "video/x-msvideo": "avi",
  "text/plain": "txt",
  "application/vnd.android.package-archive": "apk",
  "application/vnd.apple.keynote": "key",
  "application/vnd.apple.numbers": "numbers",
  "application/vnd.apple.pages": "pages",
  "application/vnd.google-earth.kml+xml": "kml",
  "application/vnd.google-earth.kmz": "kmz",
  "application/vnd.ms-excel.sheet.binary.macroenabled.12": "xlsb",
  "application/vnd.ms-excel.sheet.macroenabled.12": "xlsm",
  "application/vnd.ms-outlook": "msg",
  "application/vnd.ms-powerpoint.presentation.macroenabled.12": "pptm",
  "application/vnd.ms-word.document.macroenabled.12": "docm",
  "application/vnd.oasis.opendocument.graphics": "odg",
  "application/vnd.oasis.opendocument.presentation": "odp",
  "application/vnd.oasis.opendocument.spreadsheet": "ods",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.openxmlformats-officedocument.presentationml.slideshow": "ppsx",
  "application/vnd.openxmlformats-officedocument.presentationml.template": "potx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.template": "xltx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.template": "dotx",
  "application/vnd.rar": "rar",
  "application/vnd.visio": "vsd",
  "application/msword": "doc",
  "application/vnd.ms-excel": "xls",
  "application/vnd.ms-powerpoint": "ppt",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};

/** The extension with its dot, for a file without a name; for most types it is the subtype. "" if none is known. */
export function extensionOf(mime: string): string {
  const [base = ""] = mime.split(";");
  const extension = EXTENSIONS[base] ?? /^\w+\/([a-z]{3,4})$/.exec(base)?.[1];
  return extension === undefined ? "" : `.${extension}`;
}
