import { createHash } from "node:crypto";
import type { KeptPart } from "../../channels/channel";
import type { mailReader } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { bodyTooLarge } from "../../kit/problem";
import type { Route } from "../integrations/routes";
import { keepStream, partBuffer } from "../media/keep-bytes";

/** A mail up to this size is read in memory. */
export const LARGE_BYTES = 2 * 1024 * 1024;
/** Cloudflare's limit for a mail is the same. */
export const MAX_MAIL_BYTES = 25 * 1024 * 1024;

/** A mail is read in chunks of this size. */
const CHUNK_BYTES = 64 * 1024;

type Reader = Awaited<ReturnType<typeof mailReader>>;
type Mail = Awaited<ReturnType<Reader["parseMime"]>>;

/** Reads a mail as it came, without trusting what is said of its size. Throws `body_too_large`. */
export async function readMail(
  ctx: PublicCtx,
  reader: Reader,
  route: Route,
  body: ReadableStream<Uint8Array>,
): Promise<Mail> {
  const chunks = chunksOf(body);
  const held: Uint8Array[] = [];
  let size = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    held.push(Buffer.from(next.value));
    if ((size += next.value.byteLength) > LARGE_BYTES) return readLargeMail(ctx, reader, route, joined(held, chunks));
  }
  return reader.parseMime(Buffer.concat(held));
}

async function* joined(held: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Lets go of each.
  while (held.length > 0) yield held.shift()!;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * Reads a large mail without holding it in memory: it is stored as it comes, under a name of its own, then read from there
 * while its files are stored.
 */
async function readLargeMail(
  ctx: PublicCtx,
  reader: Reader,
  route: Route,
  body: AsyncIterable<Uint8Array>,
): Promise<Mail> {
  const bucket = ctx.env.MEDIA;
  // One for all: they would be garbage of 5 MiB each.
  const buffer = partBuffer();
  const hash = createHash("sha256");
  let sizeBytes = 0;
  async function* hashed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if ((sizeBytes += chunk.byteLength) > MAX_MAIL_BYTES)
        throw bodyTooLarge(`the maximum is ${MAX_MAIL_BYTES} bytes`);
      hash.update(chunk);
      yield chunk;
    }
  }
  // Its digest is known only at its end; a mail that is delivered again is stored under another name.
  const r2Key = `${route.orgId}/mail/source-${ctx.newId()}`;
  await keepStream(bucket, r2Key, hashed(), { mimeType: "message/rfc822", fileName: "message.eml" }, buffer);
  const digest = hash.digest("hex").slice(0, 40);
  const part: KeptPart = { role: "source", r2Key, mimeType: "message/rfc822", sizeBytes, fileName: "message.eml" };
  const stored = await bucket.get(r2Key);
  return reader.readLarge(
    chunksOf(stored!.body),
    async ({ name, content, mimeType, contentId }) => {
      const key = `${route.orgId}/mail/${digest}/${name}`;
      const kept = await keepStream(bucket, key, content, { mimeType }, buffer);
      return { role: "attachment", r2Key: key, ...kept, ...(contentId !== undefined && { contentId }) };
    },
    { part, digest },
  );
}

/**
 * The bytes of a stream. A chunk is valid until the next is requested: where the stream can, it fills one buffer, since
 * chunks of their own would lie in memory until a garbage collection.
 */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = byobReaderOf(stream);
  if (!reader) return yield* stream;
  let buffer = new Uint8Array(CHUNK_BYTES);
  try {
    for (;;) {
      const { value, done } = await reader.read(buffer);
      if (done) return;
      yield value;
      buffer = new Uint8Array(value.buffer as ArrayBuffer);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Undefined for a stream that makes its own chunks. */
function byobReaderOf(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return undefined;
  }
}
