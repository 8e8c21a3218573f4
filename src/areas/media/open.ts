import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { publicOperation } from "../../domain/operation";
import { LINK_TOKEN, openToken } from "../../domain/media-links";
import { mediaLinkExpired, mediaNotFound, rangeUnsatisfiable } from "./problems";
import { serveFile } from "./serve";

const YEAR_SECONDS = 31_536_000;

export default publicOperation({
  id: "openFile",
  summary: "Open a file by its link",
  description:
    "Needs no session: anyone with the link can read the file. Links in messages expire after one to two hours; links of public uploads do not expire. The body is streamed; supports `Range`, `If-Range` and `If-None-Match`.",
  params: z.object({
    token: z
      .string()
      .regex(LINK_TOKEN, "must be a value issued by this API")
      .openapi({ description: "Token of the link, as in `signed_url` or `url`" }),
  }),
  response: z.string().openapi({ format: "binary" }),
  contentType: "application/octet-stream",
  partial: true,
  problems: [mediaNotFound, mediaLinkExpired, rangeUnsatisfiable],
  handle: ({ ctx, params, request }) => openFile(ctx, params.token, request),
});

async function openFile(ctx: PublicCtx, token: string, request: Request): Promise<Response> {
  const link = openToken(ctx.config, token);
  if (!link) throw mediaNotFound();
  const secondsLeft = link.expiresAt === null ? YEAR_SECONDS : Math.floor((link.expiresAt - ctx.now()) / 1000);
  if (secondsLeft <= 0) throw mediaLinkExpired("fetch the message again to get a new link");
  const cacheControl =
    link.expiresAt === null ? `public, max-age=${secondsLeft}, immutable` : `private, max-age=${secondsLeft}`;
  const response = await serveFile(ctx.env.MEDIA, { r2Key: link.r2Key, fileName: null }, request, cacheControl);
  // A public file is made to be embedded in other sites.
  if (link.expiresAt === null) response.headers.set("cross-origin-resource-policy", "cross-origin");
  return response;
}
