import { z } from "@hono/zod-openapi";
import { MAX_FILE_BYTES } from "./receive";

/** The form of both upload operations. */
export const UploadForm = z
  .object({ file: z.string().openapi({ format: "binary", description: `The file, of 1 to ${MAX_FILE_BYTES} bytes` }) })
  .openapi("MediaUploadRequest");

export const MediaUploadResponse = z
  .object({
    media_id: z.uuid(),
    mime_type: z.string().openapi({
      description:
        "Determined from the file's bytes; the declared type counts only where they do not tell. An Ogg file is `audio/ogg` if its codec is Opus",
      example: "image/png",
    }),
    file_size: z.int().openapi({ description: "Size in bytes" }),
    filename: z.string(),
    url: z.string().openapi({
      description: "Opens the file without a session: for one to two hours, or without expiry for a public upload",
    }),
  })
  .openapi("MediaUploadResponse");
export type MediaUploadResponse = z.infer<typeof MediaUploadResponse>;
