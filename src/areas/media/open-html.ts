import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { LINK_TOKEN, openToken, signedLink } from "../../domain/media-links";
import { publicOperation } from "../../domain/operation";
import type { PublicCtx } from "../../kit/context";
import { cleanHtml } from "./clean-html";
import { mediaLinkExpired, mediaNotFound } from "./problems";

/** The HTML of a mail is stored under this name, beside its images. */
const HTML_KEY = /^(.+\/mail\/[0-9a-f]{40})\/html$/;

export default publicOperation({
  id: "openMailHtml",
  summary: "Show the HTML of an email",
  description:
    "Needs no session: `html_url` of a message is a link that expires after one to two hours. The HTML is cleaned: nothing in it runs, and images of other hosts are loaded with `images=1` only, since they tell their owners that the email was read.",
  params: z.object({
    token: z
      .string()
      .regex(LINK_TOKEN, "must be a value issued by this API")
      .openapi({ description: "Token of the link, as in `html_url`" }),
  }),
  query: z.object({
    images: z.literal("1").optional().openapi({ description: "Load images of other hosts" }),
  }),
  response: z.string(),
  contentType: "text/html",
  problems: [mediaNotFound, mediaLinkExpired],
  handle: ({ ctx, params, query }) => openMailHtml(ctx, params.token, query.images !== undefined),
});

async function openMailHtml(ctx: PublicCtx, token: string, withImages: boolean): Promise<Response> {
  const link = openToken(ctx.config, token);
  const [, folder] = HTML_KEY.exec(link?.r2Key ?? "") ?? [];
  if (!link || folder === undefined) throw mediaNotFound();
  const secondsLeft = Math.floor(((link.expiresAt ?? 0) - ctx.now()) / 1000);
  if (secondsLeft <= 0) throw mediaLinkExpired("fetch the message again to get a new link");
  const object = await ctx.env.MEDIA.get(link.r2Key);
  if (!object) throw mediaNotFound();
  const inlineImage = (contentId: string): string =>
    signedLink(ctx.config, `${folder}/cid-${sha256(contentId).slice(0, 32)}`, ctx.now());
  const cleaned = cleanHtml(new Response(object.body), { withImages, inlineImage });
  // A failure in the middle of a stream would be half a page.
  const page = await cleaned.text().catch(() => UNREADABLE);
  return new Response(page, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      // Nothing runs, nothing is sent, and nothing is loaded but images.
      "content-security-policy": `sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: ${withImages ? "https: http:" : originOf(ctx)}; form-action 'none'; base-uri 'none'`,
      "referrer-policy": "no-referrer",
      "cache-control": `private, max-age=${secondsLeft}`,
    },
  });
}

const UNREADABLE = "<p>This email's HTML cannot be shown safely. Its text is in the conversation.</p>";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const originOf = ({ config }: PublicCtx): string =>
  config.PUBLIC_URL === "" ? "'self'" : new URL(config.PUBLIC_URL).origin;
