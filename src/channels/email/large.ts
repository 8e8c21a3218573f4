import type { KeptPart } from "../channel";
import type { KeepStream } from "./mail";
import { inlineName } from "./normalise";

/**
 * Takes the large files out of a mail while it passes, so that no more than a part of one is in memory: what is left, the
 * skeleton, is read as any other mail. A file leaves a marker in its place.
 */

/** A file up to this size stays in the skeleton. */
const MAX_HELD_BYTES = 64 * 1024;
/** The skeleton has the texts, the headers and the small files. */
const MAX_SKELETON_BYTES = 8 * 1024 * 1024;
const MAX_PART_HEADER_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 64 * 1024;
const MAX_NESTING = 50;

/** A line, or a piece of a longer one. */
interface Line {
  bytes: Buffer;
  isStart: boolean;
}

/** Which of the boundaries a line is, and whether nothing follows it. */
interface Closing {
  at: number;
  isEnd: boolean;
}

/** Throws if the mail has too much that is no file. */
export async function takeLargeFiles(
  source: AsyncIterable<Uint8Array>,
  keep: KeepStream,
): Promise<{ skeleton: Uint8Array; kept: Map<string, KeptPart> }> {
  const reader = new Reader(source);
  const nonce = crypto.randomUUID();
  const kept = new Map<string, KeptPart>();
  const out: Buffer[] = [];
  let size = 0;
  const emit = (bytes: Buffer): void => {
    if ((size += bytes.length) > MAX_SKELETON_BYTES) throw new Error("the mail has too much beside its files");
    out.push(bytes);
  };
  const boundaries: string[] = [];
  let inHeaders = true;
  let header = "";
  for (let line = await reader.next(); line; line = await reader.next()) {
    const closes: Closing | undefined = inHeaders ? undefined : reader.boundaryIn(line, boundaries);
    emit(line.bytes);
    if (closes) {
      boundaries.length = closes.isEnd ? closes.at : closes.at + 1;
      inHeaders = !closes.isEnd;
      header = "";
      continue;
    }
    if (!inHeaders) continue;
    if (header.length < MAX_PART_HEADER_BYTES) header += line.bytes.toString("latin1");
    if (!/^\r?\n$/.test(line.bytes.toString("latin1"))) continue;
    inHeaders = false;
    const part = readPart(header);
    if (part.boundary !== undefined && boundaries.length < MAX_NESTING) boundaries.push(part.boundary);
    if (!part.isFile) continue;
    const held = await reader.hold(boundaries, MAX_HELD_BYTES);
    if (held.isWhole) {
      for (const bytes of held.lines) emit(bytes);
      continue;
    }
    const name = part.contentId === undefined ? `large-${kept.size}` : inlineName(part.contentId);
    const marker = `${nonce}-${kept.size}`;
    const content = decoded(reader.rest(held.lines, boundaries), part.encoding);
    const { contentId, mimeType } = part;
    kept.set(marker, await keep({ role: "attachment", name, mimeType, content, ...(contentId && { contentId }) }));
    emit(Buffer.from(`${part.encoding === "base64" ? Buffer.from(marker).toString("base64") : marker}\r\n`));
  }
  return { skeleton: Buffer.concat(out), kept };
}

interface PartHeader {
  mimeType: string;
  encoding: string;
  contentId: string | undefined;
  boundary: string | undefined;
  isFile: boolean;
}

function readPart(header: string): PartHeader {
  const unfolded = header.replaceAll(/\r?\n[ \t]/g, " ").split(/\r?\n/);
  const valueOf = (name: string): string =>
    unfolded
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? "";
  const type = valueOf("content-type");
  const mimeType = type.split(";")[0]!.trim().toLowerCase() || "text/plain";
  const encoding = valueOf("content-transfer-encoding").toLowerCase();
  const [, quoted, plain] = /;\s?boundary\s?=\s?(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(type) ?? [];
  const isText = /^(text\/(plain|html)|message\/|multipart\/)/.test(mimeType);
  const isAttached = /^attachment\b/i.test(valueOf("content-disposition"));
  return {
    mimeType,
    encoding,
    contentId: valueOf("content-id").replaceAll(/[<>]/g, "").slice(0, 500) || undefined,
    boundary: mimeType.startsWith("multipart/") ? (quoted ?? plain) : undefined,
    isFile:
      (!isText || (isAttached && mimeType.startsWith("text/"))) &&
      ["base64", "", "7bit", "8bit", "binary"].includes(encoding),
  };
}

/** Reads lines, and gives one back where a part ends. */
class Reader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);
  #isStart = true;
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
      const end = this.#held.indexOf(10);
      if (end !== -1 || this.#held.length >= MAX_LINE_BYTES || (this.#done && this.#held.length > 0)) {
        const length = end === -1 ? Math.min(this.#held.length, MAX_LINE_BYTES) : Math.min(end + 1, MAX_LINE_BYTES);
        const line = { bytes: this.#held.subarray(0, length), isStart: this.#isStart };
        this.#held = this.#held.subarray(length);
        this.#isStart = end !== -1 && length === end + 1;
        return line;
      }
      if (this.#done) return undefined;
      const { value, done } = await this.#chunks.next();
      if (done) this.#done = true;
      else this.#held = Buffer.concat([this.#held, value]);
    }
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

  /** The lines of a part up to this size; whole, if it has no more. */
  async hold(boundaries: readonly string[], maxBytes: number): Promise<{ lines: Buffer[]; isWhole: boolean }> {
    const lines: Buffer[] = [];
    for (let size = 0; size <= maxBytes; size += lines.at(-1)!.length) {
      const line = await this.#nextOfPart(boundaries);
      if (!line) return { lines, isWhole: true };
      lines.push(Buffer.from(line));
    }
    return { lines, isWhole: false };
  }

  /** The lines that were held, and the others of the part. */
  async *rest(held: readonly Buffer[], boundaries: readonly string[]): AsyncGenerator<Buffer> {
    yield* held;
    for (let line = await this.#nextOfPart(boundaries); line; line = await this.#nextOfPart(boundaries)) yield line;
  }
}

/** The content of a part, without the line break before the boundary. */
async function* decoded(lines: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Uint8Array> {
  if (encoding !== "base64") {
    let end = "";
    for await (const line of lines) {
      const text = /\r?\n$/.exec(line.subarray(-2).toString("latin1"))?.[0] ?? "";
      yield Buffer.concat([Buffer.from(end, "latin1"), line.subarray(0, line.length - text.length)]);
      end = text;
    }
    return;
  }
  let [digits, size] = [[] as string[], 0];
  for await (const line of lines) {
    const clean = line.toString("latin1").replaceAll(/[^A-Za-z0-9+/]/g, "");
    digits.push(clean);
    if ((size += clean.length) < MAX_LINE_BYTES) continue;
    const whole = digits.join("");
    const length = whole.length - (whole.length % 4);
    yield Buffer.from(whole.slice(0, length), "base64");
    [digits, size] = [[whole.slice(length)], whole.length - length];
  }
  if (size > 0) yield Buffer.from(digits.join(""), "base64");
}
