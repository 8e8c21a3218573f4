import { describe, expect, it } from "vitest";
import { oggOf } from "../../web/src/areas/inbox/composer/voice/ogg";
import { wavOf } from "../../web/src/areas/inbox/composer/voice/wav";
import { opusOfWebm } from "../../web/src/areas/inbox/composer/voice/webm";

const HEAD = Uint8Array.of(...new TextEncoder().encode("OpusHead"), 1, 1, 0x38, 1, 0x80, 0xbb, 0, 0, 0, 0, 0);
/** 20 ms of SILK: configuration 1, one frame. */
const packet = (length: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(length).fill(fill);
  bytes[0] = 1 << 3;
  return bytes;
};

interface Page {
  flags: number;
  granule: number;
  sequence: number;
  packets: Uint8Array[];
}

/** Reads pages as RFC 3533 says. */
function pagesOf(file: Uint8Array): Page[] {
  const pages: Page[] = [];
  const view = new DataView(file.buffer);
  for (let at = 0; at < file.length;) {
    expect(new TextDecoder().decode(file.subarray(at, at + 4))).toBe("OggS");
    const pieces = [...file.subarray(at + 27, at + 27 + file[at + 26]!)];
    const [start, size] = [at + 27 + pieces.length, pieces.reduce((sum, one) => sum + one, 0)];
    const whole = file.slice(at, start + size);
    whole.fill(0, 22, 26);
    expect(checksum(whole)).toBe(view.getUint32(at + 22, true));
    const packets: Uint8Array[] = [];
    let from = start;
    let length = 0;
    for (const piece of pieces) {
      length += piece;
      if (piece === 255) continue;
      packets.push(file.subarray(from, from + length));
      [from, length] = [from + length, 0];
    }
    expect(length).toBe(0);
    pages.push({
      flags: file[at + 5]!,
      granule: Number(view.getBigUint64(at + 6, true)),
      sequence: view.getUint32(at + 18, true),
      packets,
    });
    expect(view.getUint32(at + 14, true)).toBe(4711);
    at = start + size;
  }
  return pages;
}

/** Bit by bit, as the polynomial is written. */
function checksum(bytes: Uint8Array): number {
  let sum = 0n;
  for (const byte of bytes) {
    sum ^= BigInt(byte) << 24n;
    for (let bit = 0; bit < 8; bit++) sum = ((sum << 1n) ^ (sum & 0x80000000n ? 0x04c11db7n : 0n)) & 0xffffffffn;
  }
  return Number(sum);
}

describe("an Ogg file", () => {
  it("has its pages in order, with checksums, and the samples until each page's end", () => {
    const packets = [...Array(120).keys()].map((n) => packet(n === 7 ? 255 : n === 8 ? 1275 : 60, n));
    const pages = pagesOf(oggOf({ head: HEAD, packets }, 4711));
    expect(pages.map(({ sequence }) => sequence)).toEqual([...pages.keys()]);
    expect(pages.map(({ flags }) => flags)).toEqual([2, 0, 0, 0, 4]);
    expect(pages.map(({ granule }) => granule)).toEqual([0, 0, 48_000, 96_000, 115_200]);
    expect(pages[0]!.packets).toEqual([HEAD]);
    expect(new TextDecoder().decode(pages[1]!.packets[0]!.subarray(0, 8))).toBe("OpusTags");
    expect(pages.slice(2).flatMap((page) => page.packets)).toEqual(packets);
  });

  it("begins a new page before one has more pieces than it can list", () => {
    const packets = [...Array(50).keys()].map((n) => packet(5000, n));
    const pages = pagesOf(oggOf({ head: HEAD, packets }, 4711));
    expect(pages.slice(2).map((page) => page.packets.length)).toEqual([12, 12, 12, 12, 2]);
    expect(pages.at(-1)!.granule).toBe(48_000);
  });

  it("counts the samples of every kind of packet", () => {
    // 60 ms of SILK; two frames of 20 ms; three of 2.5 ms; one of 10 ms, of both.
    const kinds = [[3 << 3], [(1 << 3) | 1], [(16 << 3) | 3, 3], [12 << 3]].map((one) => Uint8Array.from(one));
    expect(pagesOf(oggOf({ head: HEAD, packets: kinds }, 4711)).at(-1)!.granule).toBe(2880 + 1920 + 360 + 480);
  });
});

describe("a WebM file", () => {
  const element = (id: number[], body: number[]): number[] => [
    ...id,
    0x40 | (body.length >> 8),
    body.length & 255,
    ...body,
  ];
  const UNKNOWN = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

  it("is read block by block, also where sizes are open", () => {
    const track = element([0xae], [...element([0xd7], [1]), ...element([0x63, 0xa2], [...HEAD])]);
    const cluster = (...blocks: number[][]): number[] => [
      0x1f,
      0x43,
      0xb6,
      0x75,
      ...UNKNOWN,
      ...element([0xe7], [0]),
      ...blocks.flat(),
    ];
    const file = Uint8Array.from([
      ...element([0x1a, 0x45, 0xdf, 0xa3], [1, 2, 3]),
      0x18,
      0x53,
      0x80,
      0x67,
      ...UNKNOWN,
      ...element([0x16, 0x54, 0xae, 0x6b], track),
      ...cluster(element([0xa3], [0x81, 0, 0, 0x80, 8, 1]), element([0xa3], [0x81, 0, 20, 0x80, 8, 2])),
      ...cluster(element([0xa0], element([0xa1], [0x81, 0, 0, 0, 8, 3]))),
    ]);
    expect(opusOfWebm(file)).toEqual({
      head: HEAD,
      packets: [
        [8, 1],
        [8, 2],
        [8, 3],
      ].map((one) => Uint8Array.from(one)),
    });
  });

  it("is refused if it has something else", () => {
    expect(() => opusOfWebm(new Uint8Array())).toThrow("no Opus");
    expect(() => opusOfWebm(new TextEncoder().encode("\0not a WebM"))).toThrow("no WebM");
  });
});

describe("a WAV file", () => {
  it("says its rate and length, and has samples of 16 bits within their range", () => {
    const view = new DataView(wavOf(Float32Array.of(0, 1, -2), 16_000));
    const text = (at: number): string => new TextDecoder().decode(new Uint8Array(view.buffer, at, 4));
    expect([0, 8, 12, 36].map(text)).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
    expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
    expect(view.getUint32(24, true)).toBe(16_000);
    expect(view.getUint32(40, true)).toBe(6);
    expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767]);
  });
});
