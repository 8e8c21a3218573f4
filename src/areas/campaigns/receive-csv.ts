import type { Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import type { ImportSource } from "../../domain/object-apis";
import { formParts } from "../../kit/multipart";
import { bodyTooLarge, malformed, unsupportedMediaType } from "../../kit/problem";
import { PART_BYTES, piecesOf } from "../media/receive";
import { layoutOf } from "./csv-layout";
import { campaignFileUnreadable } from "./problems";

export const MAX_FILE_BYTES = 32 * 1024 * 1024;
export const MAX_LINES = 100_000;
/** The header is looked for in so much of the file. */
const BEGINNING_CHARS = 64 * 1024;

/**
 * Streams a file of recipients to R2, as UTF-8 without a byte order mark, and finds out how to read it. Nothing is left
 * if it throws: `campaign_file_unreadable`, `body_too_large`, `malformed_request`, `unsupported_media_type`.
 */
export async function receiveCsv(
  ctx: Ctx,
  request: Request,
  { id, channel, campaignId }: { id: string; channel: Channel; campaignId: string },
): Promise<ImportSource> {
  const country = ctx.org.country ?? null;
  const r2Key = `${ctx.orgId}/campaigns/${campaignId}/${id}.csv`;
  const text = new CsvText();
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | undefined;
  let layout: ReturnType<typeof layoutOf> | undefined;
  let sizeBytes = 0;
  try {
    for await (const piece of piecesOf(text.encoded(bytesOf(request)))) {
      // The beginning is in the first piece.
      layout ??= layoutOf(text.beginning, channel, country);
      sizeBytes += piece.byteLength;
      if (!upload && piece.byteLength < PART_BYTES) await ctx.env.MEDIA.put(r2Key, piece, { httpMetadata: CSV });
      else {
        upload ??= await ctx.env.MEDIA.createMultipartUpload(r2Key, { httpMetadata: CSV });
        parts.push(await upload.uploadPart(parts.length + 1, piece));
      }
    }
    if (!layout) throw campaignFileUnreadable("the file is empty");
    await upload?.complete(parts);
  } catch (error) {
    await (upload ? upload.abort() : ctx.env.MEDIA.delete(r2Key));
    throw error;
  }
  return { id, kind: "csv", channel, country, r2Key, sizeBytes, layout };
}

const CSV = { contentType: "text/csv; charset=utf-8" };

/** The file: the body itself, or the part `file` of a form. */
async function* bytesOf(request: Request): AsyncGenerator<Uint8Array> {
  const type = request.headers.get("content-type") ?? "";
  if (/^text\/csv\s*(;|$)/i.test(type)) {
    const declared = Number(request.headers.get("content-length") ?? 0);
    if (declared > MAX_FILE_BYTES) throw bodyTooLarge(`the maximum is ${MAX_FILE_BYTES} bytes`);
    if (request.body) yield* request.body;
    return;
  }
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw unsupportedMediaType("the body must be text/csv or multipart/form-data");
  for await (const { name, body } of formParts(request, MAX_FILE_BYTES)) {
    if (name !== "file") continue;
    yield* body;
    return;
  }
  throw malformed("the form has no part `file`");
}

/** Checks a file's text, and keeps its beginning. */
class CsvText {
  beginning = "";
  #decoder: TextDecoder | undefined;
  readonly #breaks = { "\n": 0, "\r": 0 };
  #bytes = 0;

  /** The text in UTF-8. Spreadsheets also write UTF-16, with a byte order mark, and call it "Unicode text". */
  async *encoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder();
    let held: Uint8Array = new Uint8Array(0);
    for await (const chunk of chunks) {
      this.#bytes += chunk.byteLength;
      if (this.#bytes > MAX_FILE_BYTES) throw bodyTooLarge(`the maximum is ${MAX_FILE_BYTES} bytes`);
      // The mark has two bytes, which may come one by one.
      held = this.#decoder ? chunk : Buffer.concat([held, chunk]);
      if (!this.#decoder && held.byteLength < 2) continue;
      this.#decoder ??= decoderOf(held);
      yield encoder.encode(this.#checked(this.#decode(held)));
    }
    this.#decoder ??= decoderOf(held);
    yield encoder.encode(this.#checked(this.#decode(this.#bytes < 2 ? held : undefined, true)));
  }

  #decode(bytes: Uint8Array | undefined, isEnd = false): string {
    try {
      return this.#decoder!.decode(bytes, { stream: !isEnd });
    } catch {
      throw malformed('the file is not UTF-8: save it as "CSV UTF-8"');
    }
  }

  #checked(text: string): string {
    if (text.includes("\0")) throw malformed("the file contains a NUL character");
    if (this.beginning.length < BEGINNING_CHARS) this.beginning += text.slice(0, BEGINNING_CHARS);
    for (const each of ["\n", "\r"] as const)
      for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + 1)) this.#breaks[each]++;
    // The header and a last line break are none of them.
    if (Math.max(...Object.values(this.#breaks)) > MAX_LINES + 2)
      throw campaignFileUnreadable(`more than ${MAX_LINES} lines: divide it into several files`);
    return text;
  }
}

function decoderOf([first, second]: Uint8Array): TextDecoder {
  const utf16 =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : undefined;
  return new TextDecoder(utf16 ?? "utf-8", { fatal: true, ignoreBOM: false });
}
