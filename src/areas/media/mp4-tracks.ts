/** Boxes of `moov` whose children are read: the path to the handlers of the tracks. */
const ENTERED = new Set(["trak", "mdia"]);
/** Header with a 64-bit size, and the part of `hdlr` up to the handler's type. */
const MAX_HELD = 16 + 12;
/** Far more than a file has up to the end of its `moov`. */
const MAX_BOXES = 10_000;

/**
 * Finds out whether a file of ISO BMFF (ISO/IEC 14496-12; MP4, 3GP, QuickTime) has a video track, while the file passes
 * in chunks of any size. The tracks are described in `moov`, at the file's beginning or end. Holds one box's header.
 */
export class Mp4Tracks {
  #hasVideo = false;
  #hasAudio = false;
  readonly #held = Buffer.alloc(MAX_HELD);
  #filled = 0;
  /** Bytes to the next header. */
  #skip = 0;
  #position = 0;
  #moovEnd = Infinity;
  #boxes = 0;
  #isOver = false;

  /** Undefined: `moov` has not been read whole, or names no track of either kind. */
  get kind(): "video" | "audio" | undefined {
    if (this.#hasVideo) return "video";
    return this.#hasAudio && this.#position >= this.#moovEnd ? "audio" : undefined;
  }

  read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.#isOver && this.#position < this.#moovEnd;) {
      const rest = bytes.length - at;
      const taken = Math.min(rest, this.#skip > 0 ? this.#skip : this.#needed() - this.#filled);
      if (this.#skip > 0) this.#skip -= taken;
      else {
        this.#held.set(bytes.subarray(at, at + taken), this.#filled);
        this.#filled += taken;
      }
      at += taken;
      this.#position += taken;
      if (this.#filled > 0 && this.#filled === this.#needed()) this.#readBox();
    }
  }

  get #type(): string {
    return this.#held.toString("latin1", 4, 8);
  }

  get #headerBytes(): number {
    return this.#held.readUInt32BE(0) === 1 ? 16 : 8;
  }

  /** The bytes to hold of a box; known once its first eight are there. */
  #needed(): number {
    if (this.#filled < 8) return 8;
    return this.#headerBytes + (this.#type === "hdlr" && this.#moovEnd < Infinity ? 12 : 0);
  }

  #readBox(): void {
    const size = this.#held.readUInt32BE(0);
    const headerBytes = this.#headerBytes;
    // 0: to the end of the file.
    const bytes = size === 0 ? Infinity : size === 1 ? Number(this.#held.readBigUInt64BE(8)) : size;
    const type = this.#type;
    const isInMoov = this.#moovEnd < Infinity;
    if (type === "hdlr" && isInMoov) {
      const handler = this.#held.toString("latin1", headerBytes + 8, headerBytes + 12);
      this.#hasVideo ||= handler === "vide";
      this.#hasAudio ||= handler === "soun";
    }
    if (bytes < this.#filled || this.#hasVideo || ++this.#boxes > MAX_BOXES) this.#isOver = true;
    if (type === "moov" && !isInMoov)
      this.#moovEnd = Math.min(this.#position + bytes - headerBytes, Number.MAX_SAFE_INTEGER);
    else if (!isInMoov || !ENTERED.has(type)) this.#skip = bytes - this.#filled;
    this.#filled = 0;
  }
}
