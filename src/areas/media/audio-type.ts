/** Types of audio files by their first bytes. Pure. */

const LAYER_I_KBITS = [
  // MPEG-1, then MPEG-2 and 2.5.
  [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
] as const;
const MPEG_1_HERTZ = [44_100, 48_000, 32_000] as const;

/** The type of a file that begins with a frame of MPEG audio (ISO/IEC 11172-3, 13818-3) or of AAC in ADTS (13818-7). */
export function frameType(head: Uint8Array): string | undefined {
  const [sync, second, third] = head;
  if (sync !== 0xff || second === undefined || third === undefined || (second & 0xe0) !== 0xe0) return undefined;
  if ((second & 0xf6) === 0xf0) return ((third >> 2) & 15) <= 12 ? "audio/aac" : undefined;
  const version = (second >> 3) & 3;
  const layer = (second >> 1) & 3;
  const hertz = (third >> 2) & 3;
  if (version === 1 || layer === 0 || third >> 4 === 15 || hertz === 3) return undefined;
  // A text in UTF-16 begins like a frame of Layer I, so here a second frame must follow.
  return layer !== 3 || isSecondFrame(head, version, hertz) ? "audio/mpeg" : undefined;
}

function isSecondFrame(head: Uint8Array, version: number, hertz: number): boolean {
  const kbits = LAYER_I_KBITS[version === 3 ? 0 : 1][(head[2]! >> 4) - 1];
  if (kbits === undefined) return false;
  const rate = MPEG_1_HERTZ[hertz]! / (version === 3 ? 1 : version === 2 ? 2 : 4);
  const bytes = 4 * (Math.floor((12_000 * kbits) / rate) + ((head[2]! >> 1) & 1));
  return head[bytes] === head[0] && head[bytes + 1] === head[1];
}

/** The type of a file that begins with an ID3v2 tag, by what follows the tag: MP3 unless it is another format. */
export function taggedType(head: Uint8Array): string {
  const [flags = 0, a = 0, b = 0, c = 0, d = 0] = head.subarray(5, 10);
  const bytes = (a << 21) | (b << 14) | (c << 7) | d;
  const rest = head.subarray(10 + bytes + ((flags & 0x10) === 0 ? 0 : 10));
  if (Buffer.from(rest.subarray(0, 4)).toString("latin1") === "fLaC") return "audio/flac";
  return frameType(rest) ?? "audio/mpeg";
}

/** The codecs of Ogg, by how their first packet begins. */
const OGG_CODECS: readonly (readonly [start: string, mime: string])[] = [
  ["OpusHead", "audio/ogg"],
  ["\u0001vorbis", "audio/ogg; codecs=vorbis"],
  ["\u007fFLAC", "audio/ogg; codecs=flac"],
  ["Speex   ", "audio/ogg; codecs=speex"],
  ["\u0080theora", "video/ogg"],
];
const FIRST_PAGE = 2;

/**
 * The type of an Ogg file (RFC 3533, 5334): each stream begins with a page of its own, before any other page.
 * `audio/ogg` is Opus; other codecs are named. `application/ogg`: not known.
 */
export function oggType(head: Uint8Array): string {
  const ogg = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 64 * 1024));
  const types: string[] = [];
  for (let at = 0; at + 27 <= ogg.length && ogg.toString("latin1", at, at + 4) === "OggS";) {
    if ((ogg[at + 5]! & FIRST_PAGE) === 0) break;
    const segments = ogg.subarray(at + 27, at + 27 + ogg[at + 26]!);
    const packet = at + 27 + segments.length;
    const start = ogg.toString("latin1", packet, packet + 8);
    types.push(OGG_CODECS.find(([codec]) => start.startsWith(codec))?.[1] ?? "application/ogg");
    at = packet + segments.reduce((sum: number, bytes: number) => sum + bytes, 0);
  }
  if (types.includes("video/ogg")) return "video/ogg";
  return types.every((type) => type === types[0]) ? (types[0] ?? "application/ogg") : "application/ogg";
}
