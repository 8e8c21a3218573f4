import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../kit/context";
import { idPath } from "../../kit/id-path";
import { operation } from "../../kit/operation";
import { findFile } from "./find";
import { mediaNotFound, rangeUnsatisfiable } from "./problems";
import { serveFile } from "./serve";

export const get = operation({
  id: "getMedia",
  tag: "Media",
  summary: "Download or proxy a media file",
  description:
    "Returns the file of a message in a conversation that the caller may see, or a file that the caller uploaded. The body is streamed; supports `Range`, `If-Range` and `If-None-Match`.",
  method: "get",
  path: "/api/media/{id}",
  permission: "conversations.view",
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
