import { mediaNotFound, rangeUnsatisfiable } from "./problems";
import { extensionOf, isShowable } from "./sniff";

/** A stored file. `fileName` null: the name is in the object's metadata, if anywhere. */
export interface ServedFile {
  r2Key: string;
  fileName: string | null;
}

/**
 * Answers GET and HEAD of a file with 200, 206 or 304. A key's content never changes, so its ETag is permanent. Throws
 * `media_not_found` and `range_unsatisfiable`.
 */
export async function serveFile(
  bucket: R2Bucket,
  file: ServedFile,
  request: Request,
  cacheControl: string,
): Promise<Response> {
  const isHead = request.method === "HEAD";
  const wanted = request.headers.get("range");
  // The range is computed from the file's size, because R2 refuses a range outside it.
  const object: R2Object | R2ObjectBody | null =
    isHead || wanted ? await bucket.head(file.r2Key) : await bucket.get(file.r2Key);
  if (!object) throw mediaNotFound();
  const headers = headersOf(object, file, cacheControl);
  if (listsTag(request.headers.get("if-none-match"), object.httpEtag)) {
    await bodyOf(object)?.cancel();
    return new Response(null, { status: 304, headers });
  }
  const ifRange = request.headers.get("if-range");
  const range = ifRange === null || ifRange === object.httpEtag ? rangeOf(wanted, object.size) : undefined;
  headers.set("content-length", String(range?.length ?? object.size));
  if (range) headers.set("content-range", `bytes ${range.offset}-${range.offset + range.length - 1}/${object.size}`);
  const status = range ? 206 : 200;
  if (isHead) return new Response(null, { status, headers });
  const body = bodyOf(object) ?? (await bucket.get(file.r2Key, range ? { range } : {}))?.body;
  if (!body) throw mediaNotFound();
  return new Response(body, { status, headers });
}

const bodyOf = (object: R2Object | R2ObjectBody): ReadableStream | undefined =>
  "body" in object ? object.body : undefined;

function headersOf(object: R2Object, { r2Key, fileName }: ServedFile, cacheControl: string): Headers {
  const mimeType = object.httpMetadata?.contentType ?? "application/octet-stream";
  const name = fileName ?? nameIn(object) ?? `${r2Key.slice(r2Key.lastIndexOf("/") + 1)}${extensionOf(mimeType)}`;
  return new Headers({
    "content-type": mimeType,
    "content-disposition": `${isShowable(mimeType) ? "inline" : "attachment"}; filename*=UTF-8''${encodeURIComponent(name.toWellFormed())}`,
    // Browsers must neither guess another type nor run the content.
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cache-control": cacheControl,
    "accept-ranges": "bytes",
    etag: object.httpEtag,
  });
}

/** Stores a file again under its key, with the type that was found at its end. */
export async function retype(bucket: R2Bucket, r2Key: string, mimeType: string): Promise<void> {
  const object = await bucket.get(r2Key);
  if (!object) return;
  await bucket.put(r2Key, object.body, {
    httpMetadata: { contentType: mimeType },
    ...(object.customMetadata && { customMetadata: object.customMetadata }),
  });
}

/** R2's metadata is ASCII, so the name is percent-encoded. */
export const nameMetadata = (fileName: string): Record<string, string> => ({
  file_name: encodeURIComponent(fileName.toWellFormed()),
});

function nameIn(object: R2Object): string | undefined {
  const name = object.customMetadata?.["file_name"];
  return name === undefined ? undefined : decodeURIComponent(name);
}

function listsTag(header: string | null, tag: string): boolean {
  return (header ?? "").split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag);
}

/**
 * Parses one range of bytes (RFC 9110). Undefined for a header that is malformed or ends before it begins, which is
 * ignored. Throws `range_unsatisfiable` for a range outside the file.
 */
function rangeOf(header: string | null, size: number): { offset: number; length: number } | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] !== "" && match[2] !== "" && Number(match[2]) < Number(match[1])) return undefined;
  const last = match[1] === "" || match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  const first = match[1] === "" ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  if (first > last || first >= size) throw rangeUnsatisfiable(`the file has ${size} bytes`, { sizeBytes: size });
  return { offset: first, length: last - first + 1 };
}
