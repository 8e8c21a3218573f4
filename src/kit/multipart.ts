import { bodyTooLarge, malformed, unsupportedMediaType } from "./problem";

/** RFC 7578, read as it comes in: of a file nothing is held but what has just arrived. */

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PARTS = 20;
const CRLF = Buffer.from("\r\n");

export interface FormPart {
  name: string;
  /** Undefined: an ordinary field. */
  fileName: string | undefined;
  contentType: string | undefined;
  /** To be read before the next part is asked for; what is left of it is passed over. */
  body: AsyncIterable<Uint8Array>;
}

/**
 * The parts of a form of at most so many bytes, in their order. Throws `unsupported_media_type` for what is no form, `body_too_large`, and
 * `malformed_request` for one that is not well formed or breaks off.
 */
export async function* formParts(request: Request, maxBytes: number): AsyncGenerator<FormPart> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type)) throw unsupportedMediaType("the body must be multipart/form-data");
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain ?? "";
  if (!/^[\x20-\x7e]{1,70}$/.test(boundary)) throw malformed("the form has no boundary of 1 to 70 characters");
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw bodyTooLarge(`at most ${maxBytes} bytes`);
  const source = new Source(request.body, maxBytes);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  try {
    await drain(source.until(delimiter));
    for (let n = 0; (await source.take(2)).toString("latin1") !== "--"; n++) {
      if (n >= MAX_PARTS) throw malformed(`a form of more than ${MAX_PARTS} parts`);
      // The rest of the boundary's line, which is empty but for spaces, then the part's header.
      const header = await source.upTo(Buffer.from("\r\n\r\n"), MAX_HEADER_BYTES);
      const body = source.until(delimiter);
      yield { ...partOf(header.toString("utf8")), body };
      await drain(body);
    }
  } finally {
    await source.cancel();
  }
}

async function drain(parts: AsyncIterator<Uint8Array>): Promise<void> {
  while (!(await parts.next()).done);
}

function partOf(header: string): Omit<FormPart, "body"> {
  const disposition = /^content-disposition:\s*form-data\s*(;.*)$/im.exec(header)?.[1];
  const name = disposition && quotedValue(disposition, "name");
  if (!disposition || name === undefined) throw malformed("a part of the form has no name");
  const contentType = /^content-type:\s*(\S.*)$/im.exec(header)?.[1]?.trim();
  return { name, fileName: quotedValue(disposition, "filename"), contentType };
}

/** Browsers write a quote as %22, others put a backslash before it. */
function quotedValue(disposition: string, name: string): string | undefined {
  const start = disposition.search(name === "name" ? /[;\s]name="/i : /[;\s]filename="/i);
  if (start < 0) return undefined;
  const from = disposition.indexOf('"', start) + 1;
  let value = "";
  for (let i = from; i < disposition.length; i++) {
    const char = disposition[i]!;
    if (char === '"') return value.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
    // A Windows path is no escape.
    value += char === "\\" && '"\\'.includes(disposition[i + 1] ?? " ") ? disposition[++i]! : char;
  }
  return undefined;
}

/** What has come and is not used yet: one chunk of the network's, and of the one before it less than a delimiter. */
class Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  // The first delimiter may stand at the very beginning.
  #held: Buffer = CRLF;
  #bytesLeft: number;
  readonly #maxBytes: number;

  constructor(body: ReadableStream<Uint8Array> | null, maxBytes: number) {
    this.#reader = body?.getReader();
    this.#bytesLeft = this.#maxBytes = maxBytes;
  }

  /** Yields what comes before a delimiter, and passes over that. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      const ready = at >= 0 ? at : Math.max(0, this.#held.length - delimiter.length + 1);
      const part = this.#held.subarray(0, ready);
      this.#held = this.#held.subarray(at >= 0 ? at + delimiter.length : ready);
      if (part.length > 0) yield part;
      if (at >= 0) return;
      await this.#more();
    }
  }

  /** The same at once, of at most so many bytes. */
  async upTo(delimiter: Buffer, maxBytes: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this.until(delimiter)) {
      parts.push(part);
      if ((bytes += part.length) > maxBytes) throw malformed(`a part's header has more than ${maxBytes} bytes`);
    }
    return Buffer.concat(parts);
  }

  async take(bytes: number): Promise<Buffer> {
    while (this.#held.length < bytes) await this.#more();
    const taken = this.#held.subarray(0, bytes);
    this.#held = this.#held.subarray(bytes);
    return taken;
  }

  async #more(): Promise<void> {
    // A connection that broke ends it too.
    const next = await this.#reader?.read().catch(() => undefined);
    if (!next || next.done) throw malformed("the form ends too early");
    if ((this.#bytesLeft -= next.value.byteLength) < 0) throw bodyTooLarge(`at most ${this.#maxBytes} bytes`);
    this.#held =
      this.#held.length === 0 ? Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength) : Buffer.concat([this.#held, next.value]);
  }

  /** What is left is not wanted. */
  async cancel(): Promise<void> {
    await this.#reader?.cancel().catch(() => undefined);
  }
}
