import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { operation } from "../../domain/operation";
import { findFile } from "./find";
import { mediaNotFound, rangeUnsatisfiable } from "./problems";
import { serveFile } from "./serve";

export default operation({
  id: "getMedia",
  summary: "Download or proxy a media file",
  description:
    "Returns the file of a message in a conversation that the caller may see, or a file that the caller uploaded. The body is streamed; supports `Range`, `If-Range` and `If-None-Match`.",
  params: idPath("file"),
  response: z.string().openapi({ format: "binary" }),
  contentType: "application/octet-stream",
  partial: true,
  problems: [mediaNotFound, rangeUnsatisfiable],
  handle: ({ ctx, params, request }) => openMedia(ctx, params.id, request),
});

async function openMedia(ctx: Ctx, id: string, request: Request): Promise<Response> {
  const file = await findFile(ctx, id);
  if (!file) throw mediaNotFound();
  return serveFile(ctx.env.MEDIA, file, request, "private, max-age=3600");
}
