import { createHash } from "node:crypto";
import type { KeptPart } from "../../channels/channel";
import type { mailReader } from "../../channels/registry";
import type { PublicCtx } from "../../kit/context";
import { bodyTooLarge } from "../../kit/problem";
import type { Route } from "../integrations/routes";
import { keepStream } from "../media/keep-bytes";

/** A mail up to this size is read in memory. */
export const LARGE_BYTES = 2 * 1024 * 1024;
/** Cloudflare's limit for a mail is the same. */
export const MAX_MAIL_BYTES = 25 * 1024 * 1024;

type Reader = Awaited<ReturnType<typeof mailReader>>;
type Mail = Awaited<ReturnType<Reader["parseMime"]>>;

/** Reads a mail as it came, without trusting what is said of its size. Throws `body_too_large`. */
export async function readMail(
  ctx: PublicCtx,
  reader: Reader,
  route: Route,
  body: ReadableStream<Uint8Array>,
): Promise<Mail> {
  const chunks = body[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    held.push(next.value);
    if ((size += next.value.byteLength) > LARGE_BYTES) return readLargeMail(ctx, reader, route, joined(held, chunks));
  }
  return reader.parseMime(Buffer.concat(held));
}

async function* joined(held: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* held;
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
  await keepStream(bucket, r2Key, hashed(), { mimeType: "message/rfc822", fileName: "message.eml" });
  const digest = hash.digest("hex").slice(0, 40);
  const part: KeptPart = { role: "source", r2Key, mimeType: "message/rfc822", sizeBytes, fileName: "message.eml" };
  const stored = await bucket.get(r2Key);
  return reader.readLarge(
    stored!.body,
    async ({ name, content, mimeType, contentId }) => {
      const key = `${route.orgId}/mail/${digest}/${name}`;
      const kept = await keepStream(bucket, key, content, { mimeType });
      return { role: "attachment", r2Key: key, ...kept, ...(contentId !== undefined && { contentId }) };
    },
    { part, digest },
  );
}
