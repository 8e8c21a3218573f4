import { MAX_LINES } from "./mime";

const MAX_LINE_BYTES = 64 * 1024;

/** A line, or a piece of a longer one. It is valid until the next is read. */
interface Line {
  bytes: Buffer;
  isStart: boolean;
}

/** The beginning of a part, or all of it. */
interface Held {
  lines: Buffer[];
  size: number;
  isWhole: boolean;
}

/** Which of the boundaries a line is, and whether nothing follows it. */
export interface Closing {
  at: number;
  isEnd: boolean;
}

/** The mail has too many lines, parts or headers to be read. */
export class TooIntricateError extends Error {
  start: Uint8Array = new Uint8Array(0);

  constructor() {
    super("the mail has too many lines, parts or headers");
  }
}

/**
 * Reads lines, and gives one back where a part ends. All pass through one buffer: allocations for each line would lie
 * in memory until a garbage collection, which is as much as the mail.
 */
export class LineReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #buffer = Buffer.alloc(2 * MAX_LINE_BYTES);
  /** Bounds of the buffer's unread part. */
  #from = 0;
  #to = 0;
  /** The part of the last chunk that is not in the buffer yet. */
  #chunk: Uint8Array = new Uint8Array(0);
  #isStart = true;
  #lines = 0;
  #done = false;
  #given: Line | undefined;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async next(): Promise<Line | undefined> {
    const given = this.#given;
    this.#given = undefined;
    if (given) return given;
    for (;;) {
      const held = this.#held;
      const end = held.indexOf(10);
      if (end !== -1 || held.length >= MAX_LINE_BYTES || (this.#done && held.length > 0)) {
        if (++this.#lines > MAX_LINES) throw new TooIntricateError();
        return this.#take(Math.min(end === -1 ? held.length : end + 1, MAX_LINE_BYTES));
      }
      if (this.#done) return undefined;
      await this.#fill();
    }
  }

  get #held(): Buffer {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  #take(length: number): Line {
    const line = { bytes: this.#held.subarray(0, length), isStart: this.#isStart };
    this.#from += length;
    this.#isStart = line.bytes.at(-1) === 10;
    return line;
  }

  /** Takes a chunk in, or as much of it as there is room for. */
  async #fill(): Promise<void> {
    if (this.#chunk.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return void (this.#done = true);
      this.#chunk = value;
    }
    this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
    const taken = this.#chunk.subarray(0, this.#buffer.length - this.#to);
    this.#buffer.set(taken, this.#to);
    this.#to += taken.length;
    this.#chunk = this.#chunk.subarray(taken.length);
  }

  /** Gives the source up. */
  async end(): Promise<void> {
    if (!this.#done) await this.#chunks.return?.();
  }

  /** Which of the boundaries the line is, as the library for MIME finds it. */
  boundaryIn({ bytes, isStart }: Line, boundaries: readonly string[]): Closing | undefined {
    if (!isStart || bytes[0] !== 45 || bytes[1] !== 45 || bytes.length > 300) return undefined;
    const text = bytes.toString("latin1").trimEnd().slice(2);
    for (let at = boundaries.length - 1; at >= 0; at--) {
      if (text === boundaries[at]) return { at, isEnd: false };
      if (text === `${boundaries[at]}--`) return { at, isEnd: true };
    }
    return undefined;
  }

  async #nextOfPart(boundaries: readonly string[]): Promise<Buffer | undefined> {
    const line = await this.next();
    if (!line) return undefined;
    if (!this.boundaryIn(line, boundaries)) return line.bytes;
    this.#given = line;
    return undefined;
  }

  /** As many lines of a part as there are at once, since only one with two dashes at its start can end it. */
  async #blockOfPart(boundaries: readonly string[]): Promise<Buffer | undefined> {
    while (!this.#given && !this.#done && this.#held.length < MAX_LINE_BYTES) await this.#fill();
    const held = this.#held;
    if (this.#given || held.length === 0 || (this.#isStart && held[0] === 45)) return this.#nextOfPart(boundaries);
    const dashed = held.indexOf("\n--");
    return this.#take((dashed === -1 ? held.lastIndexOf(10) : dashed) + 1 || held.length).bytes;
  }

  /** The lines of a part up to this size; whole, if it has no more. */
  async hold(boundaries: readonly string[], maxBytes: number): Promise<Held> {
    const lines: Buffer[] = [];
    let size = 0;
    for (; size <= maxBytes; size += lines.at(-1)!.length) {
      const line = await this.#nextOfPart(boundaries);
      if (!line) return { lines, size, isWhole: true };
      lines.push(Buffer.from(line));
    }
    return { lines, size, isWhole: false };
  }

  /** Passes over the rest of a part. */
  async skip(boundaries: readonly string[]): Promise<void> {
    while (await this.#blockOfPart(boundaries));
  }

  /** The lines that were held, and the others of the part: each alone, or in blocks. */
  async *rest(held: readonly Buffer[], boundaries: readonly string[], inBlocks: boolean): AsyncGenerator<Buffer> {
    yield* held;
    const next = () => (inBlocks ? this.#blockOfPart(boundaries) : this.#nextOfPart(boundaries));
    for (let bytes = await next(); bytes; bytes = await next()) yield bytes;
  }
}
