import { PART_BYTES, piecesOf } from "./receive";
import { nameMetadata, retype } from "./serve";
import { TypeReader } from "./type-reader";

/** Stores bytes that are in memory under a key of the caller's. Repeating it does no harm. */
export async function keepBytes(
  bucket: R2Bucket,
  r2Key: string,
  content: Uint8Array,
  claimed: { mimeType: string; fileName?: string | undefined },
): Promise<{ mimeType: string; sizeBytes: number }> {
  const type = new TypeReader(claimed.mimeType, claimed.fileName);
  type.read(content);
  await bucket.put(r2Key, content, {
    httpMetadata: { contentType: type.type },
    ...(claimed.fileName !== undefined && { customMetadata: nameMetadata(claimed.fileName) }),
  });
  return { mimeType: type.type, sizeBytes: content.byteLength };
}

/** For streams that are stored one after another. */
export const partBuffer = (): Uint8Array<ArrayBuffer> => new Uint8Array(PART_BYTES);

/** The same for bytes that are not in memory: at most one part of an upload is, in `buffer`. */
export async function keepStream(
  bucket: R2Bucket,
  r2Key: string,
  content: AsyncIterable<Uint8Array>,
  claimed: { mimeType: string; fileName?: string | undefined },
  buffer: Uint8Array<ArrayBuffer>,
): Promise<{ mimeType: string; sizeBytes: number }> {
  const type = new TypeReader(claimed.mimeType, claimed.fileName);
  let [upload, sizeBytes, first]: [R2MultipartUpload | undefined, number, string] = [undefined, 0, ""];
  const parts: R2UploadedPart[] = [];
  try {
    for await (const piece of piecesOf(content, buffer)) {
      type.read(piece);
      if (sizeBytes === 0) first = type.type;
      const isWhole = sizeBytes === 0 && piece.byteLength < PART_BYTES;
      sizeBytes += piece.byteLength;
      const metadata = { httpMetadata: { contentType: first } };
      if (isWhole) await bucket.put(r2Key, piece, metadata);
      else {
        upload ??= await bucket.createMultipartUpload(r2Key, metadata);
        parts.push(await upload.uploadPart(parts.length + 1, piece));
      }
    }
    await upload?.complete(parts);
  } catch (error) {
    await upload?.abort();
    throw error;
  }
  if (type.type !== first) await retype(bucket, r2Key, type.type);
  return { mimeType: type.type, sizeBytes };
}
