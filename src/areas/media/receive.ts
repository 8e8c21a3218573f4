import { createHash } from "node:crypto";
import { eq } from "drizzle-orm";
import { MINUTE } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { cutName } from "../../kit/cut";
import { logError } from "../../kit/log";
import type { FormPart } from "../../kit/multipart";
import { bodyTooLarge, invalidRequest } from "../../kit/problem";
import { publicName } from "../../domain/media-links";
import { mediaTooSlow } from "./problems";
import { nameMetadata, retype } from "./serve";
import { uploads } from "./table";
import { TypeReader } from "./type-reader";

/** WhatsApp's limit, which is the highest of all channels. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** R2: all parts of a multipart upload but the last have the same size, at least 5 MiB. One part is held in memory. */
export const PART_BYTES = 5 * 1024 * 1024;
/**
 * A slower upload is aborted. The sweep runs later than that, so it never meets an upload that is still in progress.
 */
const MAX_MS = 30 * MINUTE;
export const SWEEP_AFTER_MS = 2 * MAX_MS;
const MAX_NAME = 240;

export interface ReceivedFile {
  id: string;
  r2Key: string;
  /** The random name in a public file's address. */
  token: string | null;
  fileName: string;
  mimeType: string;
  fileSize: number;
  sha256: string;
}

/**
 * Streams a part of a form to R2. The row is written before the file, so that an interrupted upload is found and
 * deleted. The file can be neither opened nor sent until its row says `stored`. Throws `body_too_large`,
 * `media_too_slow` and `invalid_request` for an empty file.
 */
export async function receiveFile(ctx: Ctx, part: FormPart, isPublic: boolean): Promise<ReceivedFile> {
  const id = ctx.newId();
  const { token, r2Key } = isPublic ? publicName(ctx.orgId) : { token: null, r2Key: `${ctx.orgId}/uploads/${id}` };
  const file = { id, token, r2Key, fileName: cleanName(part.fileName ?? ""), mimeType: "", isPublic };
  const type = new TypeReader(part.contentType, file.fileName);
  const hash = createHash("sha256");
  const giveUpAt = ctx.now() + MAX_MS;
  let fileSize = 0;
  let upload: R2MultipartUpload | undefined;
  let hasRow = false;
  try {
    const parts: R2UploadedPart[] = [];
    for await (const piece of piecesOf(part.body)) {
      if (ctx.now() > giveUpAt) throw mediaTooSlow();
      fileSize += piece.byteLength;
      if (fileSize > MAX_FILE_BYTES) throw bodyTooLarge(`the maximum file size is ${MAX_FILE_BYTES} bytes`);
      hash.update(piece);
      type.read(piece);
      if (!hasRow) {
        file.mimeType = type.type;
        const metadata = { httpMetadata: { contentType: file.mimeType }, customMetadata: nameMetadata(file.fileName) };
        const isWhole = piece.byteLength < PART_BYTES;
        if (!isWhole) upload = await ctx.env.MEDIA.createMultipartUpload(r2Key, metadata);
        hasRow = true;
        await insertRow(ctx, file, upload?.uploadId ?? null);
        if (isWhole) await ctx.env.MEDIA.put(r2Key, piece, metadata);
      }
      if (upload) parts.push(await upload.uploadPart(parts.length + 1, piece));
    }
    if (fileSize === 0) throw invalidRequest("file: is empty", { errors: [{ field: "file", message: "is empty" }] });
    await upload?.complete(parts);
    if (type.type !== file.mimeType) await retype(ctx.env.MEDIA, r2Key, (file.mimeType = type.type));
  } catch (error) {
    if (hasRow) await dropUpload(ctx, id);
    throw error;
  }
  return { ...file, fileSize, sha256: hash.digest("hex") };
}

/**
 * The same bytes in pieces of PART_BYTES; the last may be smaller. A piece is valid until the next is requested.
 * `buffer`: by default it starts small, since most files are far smaller than a part.
 */
export async function* piecesOf(
  chunks: AsyncIterable<Uint8Array>,
  buffer = new Uint8Array(64 * 1024),
): AsyncGenerator<Uint8Array> {
  let filled = 0;
  for await (const chunk of chunks) {
    for (let rest = chunk; rest.byteLength > 0;) {
      const taken = rest.subarray(0, PART_BYTES - filled);
      if (filled + taken.byteLength > buffer.byteLength) {
        const needed = Math.max(2 * buffer.byteLength, filled + taken.byteLength);
        // Each growth leaves a copy behind until the next garbage collection.
        const larger = new Uint8Array(needed > PART_BYTES / 4 ? PART_BYTES : needed);
        larger.set(buffer.subarray(0, filled));
        buffer = larger;
      }
      buffer.set(taken, filled);
      filled += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
      if (filled < PART_BYTES) continue;
      yield buffer;
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

async function insertRow(
  ctx: Ctx,
  {
    id,
    r2Key,
    isPublic,
    mimeType,
    fileName,
  }: { id: string; r2Key: string; isPublic: boolean; mimeType: string; fileName: string },
  r2UploadId: string | null,
): Promise<void> {
  const row = {
    id,
    r2Key,
    r2UploadId,
    state: "uploading" as const,
    isPublic,
    mimeType,
    fileName,
    uploadedBy: ctx.actor.id,
    createdAt: ctx.now(),
  };
  await ctx.db.insert(uploads, row).run();
}

/** Removes the path, control characters and format characters, but for the joiners that Persian, Hindi and emoji need. */
function cleanName(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const shown = last
    .toWellFormed()
    .replaceAll(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, "")
    .trim();
  return /[^\u200c\u200d]/.test(shown) ? cutName(shown, MAX_NAME) : "file";
}

/** Deletes uploads that are not `stored`, with their objects in R2. Idempotent. Throws if R2 or D1 fails. */
export async function dropUploads(ctx: Ctx, ids: readonly string[]): Promise<number> {
  for (const id of ids) {
    const row = await ctx.db.first(uploads, eq(uploads.id, id));
    if (!row || row.state === "stored") continue;
    if (row.r2UploadId !== null)
      await ctx.env.MEDIA.resumeMultipartUpload(row.r2Key, row.r2UploadId).abort().catch(ignoreGone);
    await ctx.env.MEDIA.delete(row.r2Key);
    await ctx.db.delete(uploads, eq(uploads.id, id)).run();
  }
  return ids.length;
}

/** Deletes an upload before the request is answered; the sweep repeats what fails here. */
export async function dropUpload(ctx: Ctx, id: string): Promise<void> {
  try {
    await dropUploads(ctx, [id]);
  } catch (error) {
    logError("upload_not_dropped", error, { media_id: id });
  }
}

/** R2 refuses to abort a multipart upload that was completed or aborted before. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof Error && /does not exist|10024/.test(error.message))) throw error;
}
