import type { KeptPart } from "../channel";
import type { KeepStream } from "./mail";
import { type Closing, LineReader, TooIntricateError } from "./lines";
import { MAX_DASHED_LINES, MAX_HEADERS_BYTES } from "./mime";
import { inlineName } from "./normalise";
import { decoded } from "./transfer-encoding";

/**
 * Takes the large files out of a mail while it passes, so that no more than a part of one is in memory: the rest, the
 * skeleton, is read as any other mail. A file leaves a marker in its place.
 */

/** A file up to this size stays in the skeleton, while that has few of them. */
const MAX_HELD_BYTES = 64 * 1024;
const FEW_BYTES = 1024 * 1024;
const MAX_TINY_BYTES = 1024;
/** More files are not shown. */
const MAX_KEPT = 1000;
/** Texts and small files. A text is shown only in part, far below this. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** With all headers and boundaries. */
const MAX_SKELETON_BYTES = 8 * 1024 * 1024;
const MAX_PART_HEADER_BYTES = 64 * 1024;
const MAX_NESTING = 50;

/** A file that was taken out, and how it begins. */
export interface TakenFile {
  part: KeptPart;
  start: Uint8Array;
}

/** A mail without its large files. */
export interface Skeleton {
  skeleton: Uint8Array;
  /** By their markers. */
  kept: Map<string, TakenFile>;
  /** Texts, or files beyond the limits, are missing. */
  isCut: boolean;
}

/** A chunk of `source` and a piece of a file need be valid only until the next is requested. Throws TooIntricateError. */
export async function takeLargeFiles(source: AsyncIterable<Uint8Array>, keep: KeepStream): Promise<Skeleton> {
  const reader = new LineReader(source);
  const out: Buffer[] = [];
  try {
    return await taken(reader, keep, out);
  } catch (error) {
    if (error instanceof TooIntricateError) error.start = Buffer.concat(out);
    throw error;
  } finally {
    await reader.end();
  }
}

async function taken(reader: LineReader, keep: KeepStream, out: Buffer[]): Promise<Skeleton> {
  const nonce = crypto.randomUUID();
  const kept = new Map<string, TakenFile>();
  const names = new Set<string>();
  let [size, isCut] = [0, false];
  const emit = (bytes: Buffer): void => {
    // A copy: the line is a part of the reader's buffer.
    out.push(Buffer.from(bytes));
    if ((size += bytes.length) > MAX_SKELETON_BYTES) throw new TooIntricateError();
  };
  const emitBody = (lines: readonly Buffer[]): void => {
    for (const bytes of lines)
      if (size + bytes.length <= MAX_BODY_BYTES) emit(bytes);
      else isCut = true;
  };
  const boundaries: string[] = [];
  let inHeaders = true;
  let [header, headerBytes, parts] = ["", 0, 0];
  for (let line = await reader.next(); line; line = await reader.next()) {
    const closes: Closing | undefined = inHeaders ? undefined : reader.boundaryIn(line, boundaries);
    if (inHeaders || closes) emit(line.bytes);
    else emitBody([line.bytes]);
    if (closes) {
      boundaries.length = closes.isEnd ? closes.at : closes.at + 1;
      inHeaders = !closes.isEnd;
      [header, headerBytes] = ["", 0];
      if (++parts > MAX_DASHED_LINES) throw new TooIntricateError();
      continue;
    }
    if (!inHeaders) continue;
    if ((headerBytes += line.bytes.length) > MAX_HEADERS_BYTES) throw new TooIntricateError();
    if (header.length < MAX_PART_HEADER_BYTES) header += line.bytes.toString("latin1");
    if (!/^\r?\n$/.test(line.bytes.toString("latin1"))) continue;
    inHeaders = false;
    const part = readPart(header);
    if (part.boundary !== undefined && boundaries.length < MAX_NESTING) boundaries.push(part.boundary);
    if (!part.isFile) continue;
    const held = await reader.hold(boundaries, size < FEW_BYTES ? MAX_HELD_BYTES : MAX_TINY_BYTES);
    if (held.isWhole && size + held.size <= MAX_BODY_BYTES) {
      emitBody(held.lines);
      continue;
    }
    if (kept.size === MAX_KEPT) {
      isCut = true;
      await reader.skip(boundaries);
      continue;
    }
    const shown = part.contentId === undefined ? undefined : inlineName(part.contentId);
    // Some programs give several files one id: the first is shown by it.
    const name = shown === undefined || names.has(shown) ? `large-${kept.size}` : shown;
    names.add(name);
    const marker = `${nonce}-${kept.size}`;
    const content = decoded(reader.rest(held.lines, boundaries, part.encoding !== "quoted-printable"), part.encoding);
    const { contentId, mimeType } = part;
    const start = await startOf(held.lines, part.encoding);
    const taking = keep({ role: "attachment", name, mimeType, content, ...(contentId && { contentId }) });
    kept.set(marker, { part: await taking, start });
    emit(Buffer.from(`${part.encoding === "base64" ? Buffer.from(marker).toString("base64") : marker}\r\n`));
  }
  return { skeleton: Buffer.concat(out), kept, isCut };
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
  const isText = /^(text\/(plain|html)|message\/(?!rfc822|global)|multipart\/)/.test(mimeType);
  const isAttached = /^attachment\b/i.test(valueOf("content-disposition"));
  return {
    mimeType,
    encoding,
    contentId: valueOf("content-id").replaceAll(/[<>]/g, "").slice(0, 500) || undefined,
    boundary: mimeType.startsWith("multipart/") ? (quoted ?? plain) : undefined,
    isFile: !isText || (isAttached && mimeType.startsWith("text/")),
  };
}

async function startOf(lines: readonly Buffer[], encoding: string): Promise<Uint8Array> {
  const found: Uint8Array[] = [];
  for await (const piece of decoded(lines, encoding)) found.push(Buffer.from(piece));
  return Buffer.concat(found);
}
