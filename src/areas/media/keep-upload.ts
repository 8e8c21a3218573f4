import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { storedOnce } from "../../kit/idempotency";
import { sha256Hex } from "../../kit/id";
import type { FormPart } from "../../kit/multipart";
import { bodyTooLarge, invalidRequest, unsupportedMediaType } from "../../kit/problem";
import { publicLink, signedLink } from "../../domain/media-links";
import { MediaUploadResponse, UploadForm } from "./model";
import { mediaTooSlow } from "./problems";
import { dropUpload, MAX_FILE_BYTES, receiveFile, type ReceivedFile } from "./receive";

/** Allows for the rest of the form: boundaries and headers. */
export const MAX_FORM_BYTES = MAX_FILE_BYTES + 64 * 1024;

/** The parts of the contract that both upload operations share. */
export const uploadContract = {
  rawBody: { contentType: "multipart/form-data", schema: UploadForm },
  response: MediaUploadResponse,
  status: 201,
  idempotent: "own",
  problems: [invalidRequest, bodyTooLarge, unsupportedMediaType, mediaTooSlow],
} as const;

export async function uploadFile(
  ctx: Ctx,
  parts: AsyncIterable<FormPart>,
  isPublic: boolean,
): Promise<MediaUploadResponse | Response> {
  let file: ReceivedFile | undefined;
  let isKept = false;
  try {
    for await (const part of parts) {
      const fault =
        part.name !== "file"
          ? "unknown field"
          : part.fileName === undefined
            ? "has to be a file"
            : file
              ? "only one"
              : undefined;
      if (fault)
        throw invalidRequest(`${part.name}: ${fault}`.slice(0, 1000), {
          errors: [{ field: part.name.slice(0, 200), message: fault }],
        });
      file = await receiveFile(ctx, part, isPublic);
    }
    if (!file) throw invalidRequest("file: required", { errors: [{ field: "file", message: "required" }] });
    const received = file;
    const keep = async (): Promise<MediaUploadResponse> => {
      const answer = toAnswer(ctx, received);
      await keepFile(ctx, received, isPublic, answer);
      isKept = true;
      return answer;
    };
    if (!ctx.idempotency) return await keep();
    // The body's hash is known only now, after reading, so the key is checked here.
    ctx.idempotency.bodyHash = sha256Hex(`${received.fileName}\n${received.mimeType}\n${received.sha256}`);
    return await storedOnce(ctx, async () =>
      Response.json(await keep(), { status: 201, headers: { "cache-control": "no-store" } }),
    );
  } finally {
    if (file && !isKept) await dropUpload(ctx, file.id);
  }
}

function toAnswer(
  { config, now }: Ctx,
  { id, mimeType, fileSize, fileName, r2Key, token }: ReceivedFile,
): MediaUploadResponse {
  const url = token === null ? signedLink(config, r2Key, now()) : publicLink(config, token);
  return { media_id: id, mime_type: mimeType, file_size: fileSize, filename: fileName, url };
}

async function keepFile(
  ctx: Ctx,
  { id, fileName, mimeType, fileSize, sha256 }: ReceivedFile,
  isPublic: boolean,
  answer: MediaUploadResponse,
): Promise<void> {
  await commit(ctx, {
    write: [
      ctx.db.update(
        "uploads",
        { id },
        { state: "stored", r2_upload_id: null, mime_type: mimeType, file_size: fileSize, sha256 },
      ),
    ],
    events: [
      happened("media.uploaded", id, {
        filename: [null, fileName],
        mime_type: [null, mimeType],
        file_size: [null, fileSize],
        is_public: [null, isPublic],
      }),
    ],
    answer,
    status: 201,
  });
}
