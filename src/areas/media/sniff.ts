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
export const isShowable = (mime: string): boolean => /^(image\/(jpeg|png|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/.test(mime);

/**
 * The type to keep. What the bytes say wins; what they do not say is taken from the channel, but never as something that a
 * browser would run.
 */
export function trustedType(head: Uint8Array, claimed: string | undefined): string {
  const sniffed = sniffType(head);
  const base = claimed?.split(";")[0]!.trim().toLowerCase();
  // Office files are zip files, and a voice note is Ogg with a codec in its name.
  if (sniffed && sniffed !== "application/zip") return sniffed;
  if (base && /^application\/(vnd\.[\w.+-]+|zip|msword|json|octet-stream)$/.test(base)) return base;
  if (base === "text/plain" || base === "text/csv") return base;
  return sniffed ?? "application/octet-stream";
}
