import { bodyTooLarge, malformed, unsupportedMediaType } from "./problem";

/** Streams multipart/form-data (RFC 7578): at most WINDOW_BYTES of the body are in memory. */

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PARTS = 20;
const CRLF = Buffer.from("\r\n");

export interface FormPart {
  name: string;
  /** Undefined: a field without a file. */
  fileName: string | undefined;
  contentType: string | undefined;
  /**
   * Read it before requesting the next part; an unread rest is skipped. A chunk is valid until the next is requested.
   */
  body: AsyncIterable<Uint8Array>;
}

/**
 * Yields the parts of a form of at most `maxBytes`, in their order. Throws `unsupported_media_type` if the body is no
 * form, `body_too_large`, and `malformed_request` if it is malformed or incomplete.
 */
export async function* formParts(request: Request, maxBytes: number, maxParts = MAX_PARTS): AsyncGenerator<FormPart> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type)) throw unsupportedMediaType("the body must be multipart/form-data");
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? [];
  const boundary = quoted ?? plain ?? "";
  if (!/^[\x20-\x7e]{1,70}$/.test(boundary)) throw malformed("the form needs a boundary of 1 to 70 characters");
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes)
    throw bodyTooLarge(`the maximum is ${maxBytes} bytes`);
  const source = new Source(request.body, maxBytes);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  try {
    await drain(source.until(delimiter));
    for (let n = 0; (await source.take(2)).toString("latin1") !== "--"; n++) {
      if (n >= maxParts) throw malformed(`the form has more than ${maxParts} parts`);
      // Reads the rest of the boundary's line, which may have spaces, and the part's header.
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

/** Browsers encode a quote as %22, other clients escape it with a backslash. */
function quotedValue(disposition: string, name: string): string | undefined {
  const start = disposition.search(name === "name" ? /[;\s]name="/i : /[;\s]filename="/i);
  if (start < 0) return undefined;
  const from = disposition.indexOf('"', start) + 1;
  let value = "";
  for (let i = from; i < disposition.length; i++) {
    const char = disposition[i]!;
    if (char === '"') return value.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
    // A backslash in a Windows path is no escape.
    value += char === "\\" && '"\\'.includes(disposition[i + 1] ?? " ") ? disposition[++i]! : char;
  }
  return undefined;
}

/** Size of the buffer for the body. */
const WINDOW_BYTES = 256 * 1024;

/**
 * Buffers the unread part of a body in one ArrayBuffer that the stream writes into, so that large files produce no
 * garbage. A chunk is therefore valid until the next is requested.
 */
class Source {
  readonly #reader: ReadableStreamBYOBReader | undefined;
  #buffer = new ArrayBuffer(WINDOW_BYTES);
  #start = 0;
  #end: number;
  #bytesLeft: number;
  readonly #maxBytes: number;

  constructor(body: ReadableStream<Uint8Array> | null, maxBytes: number) {
    this.#reader = body?.getReader({ mode: "byob" });
    this.#bytesLeft = this.#maxBytes = maxBytes;
    // A preceding CRLF, because the first delimiter may be at the very beginning.
    this.#end = CRLF.copy(new Uint8Array(this.#buffer));
  }

  get #held(): Buffer {
    return Buffer.from(this.#buffer, this.#start, this.#end - this.#start);
  }

  /** Yields the bytes before a delimiter, and consumes the delimiter. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const held = this.#held;
      const at = held.indexOf(delimiter);
      const ready = at >= 0 ? at : Math.max(0, held.length - delimiter.length + 1);
      this.#start += at >= 0 ? at + delimiter.length : ready;
      if (ready > 0) yield held.subarray(0, ready);
      if (at >= 0) return;
      await this.#more();
    }
  }

  /** Returns the bytes before a delimiter. Throws `malformed_request` if there are more than `maxBytes`. */
  async upTo(delimiter: Buffer, maxBytes: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of this.until(delimiter)) {
      parts.push(Buffer.from(part));
      if ((bytes += part.length) > maxBytes) throw malformed(`the headers of a part exceed ${maxBytes} bytes`);
    }
    return Buffer.concat(parts);
  }

  async take(bytes: number): Promise<Buffer> {
    while (this.#end - this.#start < bytes) await this.#more();
    const taken = this.#held.subarray(0, bytes);
    this.#start += bytes;
    return taken;
  }

  async #more(): Promise<void> {
    new Uint8Array(this.#buffer).copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    // A lost connection ends the form too.
    const next = await this.#reader?.read(new Uint8Array(this.#buffer, this.#end)).catch(() => undefined);
    if (!next?.value || next.done) throw malformed("the form is incomplete");
    // The stream detaches the buffer and returns it as another one.
    this.#buffer = next.value.buffer as ArrayBuffer;
    this.#end += next.value.byteLength;
    if ((this.#bytesLeft -= next.value.byteLength) < 0) throw bodyTooLarge(`the maximum is ${this.#maxBytes} bytes`);
  }

  /** Cancels the body, so that the rest is not received. */
  async cancel(): Promise<void> {
    await this.#reader?.cancel().catch(() => undefined);
  }
}
