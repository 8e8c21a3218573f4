/** Reads the Opus stream of a WebM file, as browsers record one. Pure. Source: RFC 8794 (EBML), RFC 9559 (Matroska). */
export interface OpusStream {
  /** `OpusHead` of RFC 7845, which both containers carry unchanged. */
  head: Uint8Array;
  packets: Uint8Array[];
}

/** Elements that are walked into. Recordings leave the size of the first and third open, since it was not known yet. */
const SEGMENT = 0x18538067;
const TRACKS = 0x1654ae6b;
const CLUSTER = 0x1f43b675;
const TRACK = 0xae;
const BLOCK_GROUP = 0xa0;
const WALKED = new Set([SEGMENT, TRACKS, CLUSTER, TRACK, BLOCK_GROUP]);
const CODEC_PRIVATE = 0x63a2;
const BLOCKS = new Set([0xa3, 0xa1]);
/** After the track's number: two bytes of time, then the flags, two of which say that a block has several packets. */
const FLAGS_AT = 2;
const LACED = 0x06;

/** Throws if it is no recording of Opus with one packet in a block. */
export function opusOfWebm(file: Uint8Array): OpusStream {
  let head: Uint8Array | undefined;
  const packets: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const id = numberAt(file, at, true);
    const size = numberAt(file, at + id.length, false);
    at += id.length + size.length;
    if (WALKED.has(id.value)) continue;
    const body = file.subarray(at, at + size.value);
    at += size.value;
    if (id.value === CODEC_PRIVATE) head = body;
    if (!BLOCKS.has(id.value)) continue;
    const flagsAt = numberAt(body, 0, false).length + FLAGS_AT;
    if ((body[flagsAt]! & LACED) !== 0) throw new Error("a block has several packets");
    packets.push(body.subarray(flagsAt + 1));
  }
  if (head === undefined || new TextDecoder().decode(head.subarray(0, 8)) !== "OpusHead") throw new Error("no Opus");
  return { head, packets };
}

/** The leading zeros of the first byte tell the length. An id keeps the bit behind them, a size does not. */
function numberAt(bytes: Uint8Array, at: number, isId: boolean): { value: number; length: number } {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > 8) throw new Error("no WebM");
  let value = isId ? first : first & (0xff >> length);
  for (let i = 1; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, length };
}
