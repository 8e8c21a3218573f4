import type { OpusStream } from "./webm";

/** Writes an Opus stream as an Ogg file, the only form in which WhatsApp takes voice messages. Pure. Source: RFC 3533, RFC 7845. */

const BEGINS = 2;
const ENDS = 4;
/** A page lists its packets in pieces of up to 255 bytes, and at most 255 pieces. */
const PIECE = 255;
const MOST_PIECES = 255;
/** In samples of 48 kHz, which Opus counts in: players jump to the page of a second. */
const SECOND = 48_000;
const HEAD_BYTES = 27;

export function oggOf({ head, packets }: OpusStream, serial: number): Uint8Array<ArrayBuffer> {
  const pages: Uint8Array[] = [];
  const write = (held: readonly Uint8Array[], flags: number, granule: number): void =>
    void pages.push(pageOf(held, { flags, granule, serial, sequence: pages.length }));
  write([head], BEGINS, 0);
  write([tags()], 0, 0);

  let held: Uint8Array[] = [];
  let [pieces, samples, begun] = [0, 0, 0];
  for (const packet of packets) {
    if (pieces + piecesOf(packet) > MOST_PIECES || samples - begun >= SECOND) {
      write(held, 0, samples);
      [held, pieces, begun] = [[], 0, samples];
    }
    held.push(packet);
    pieces += piecesOf(packet);
    samples += samplesOf(packet);
  }
  write(held, ENDS, samples);
  return joined(pages);
}

/** A length that 255 divides ends with an empty piece. */
const piecesOf = ({ length }: Uint8Array): number => Math.floor(length / PIECE) + 1;

interface Page {
  flags: number;
  /** Samples until the end of its last packet. */
  granule: number;
  serial: number;
  sequence: number;
}

function pageOf(packets: readonly Uint8Array[], { flags, granule, serial, sequence }: Page): Uint8Array {
  const pieces = packets.flatMap((packet) => [
    ...Array<number>(piecesOf(packet) - 1).fill(PIECE),
    packet.length % PIECE,
  ]);
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  new TextEncoder().encodeInto("OggS", new Uint8Array(head.buffer));
  head.setUint8(5, flags);
  head.setBigUint64(6, BigInt(granule), true);
  head.setUint32(14, serial, true);
  head.setUint32(18, sequence, true);
  head.setUint8(26, pieces.length);
  const page = joined([new Uint8Array(head.buffer), Uint8Array.from(pieces), ...packets]);
  new DataView(page.buffer).setUint32(22, checksumOf(page), true);
  return page;
}

/** `OpusTags`: who wrote it, and no comments. */
function tags(): Uint8Array {
  const [magic, vendor] = ["OpusTags", "OmniStream"].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
  ];
  return joined([magic, Uint8Array.of(vendor.length, 0, 0, 0), vendor, new Uint8Array(4)]);
}

/** Samples of a frame, by the configuration in the packet's first byte. */
function frameOf(config: number): number {
  if (config < 12) return [480, 960, 1920, 2880][config & 3]!;
  if (config < 16) return [480, 960][config & 1]!;
  return [120, 240, 480, 960][config & 3]!;
}

function samplesOf([first = 0, second = 0]: Uint8Array): number {
  const code = first & 3;
  const frames = code === 0 ? 1 : code === 3 ? second & 63 : 2;
  return frames * frameOf(first >> 3);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Ogg's own: the highest bit first, and nothing turned at either end. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 24;
  for (let bit = 0; bit < 8; bit++) rest = (rest << 1) ^ (rest < 0 ? 0x04c11db7 : 0);
  return rest;
});

const checksumOf = (page: Uint8Array): number =>
  page.reduce((sum, byte) => ((sum << 8) ^ TABLE[(sum >>> 24) ^ byte]!) >>> 0, 0);
