import { z } from "@hono/zod-openapi";
import { INGRESSES } from "../../channels/registry";
import { publicOperation } from "../../domain/operation";
import { readBytes } from "../../kit/body";
import type { PublicCtx } from "../../kit/context";
import { bodyTooLarge } from "../../kit/problem";
import { isVerifyTokenOfAccount } from "../integrations/routes";
import { receiveDelivery } from "./delivery";
import { signatureWrong, verifyTokenWrong, webhookBacklogFull } from "./problems";

/** Meta delivers all of its channels to any of its addresses: the payload says which channel it is. */

const ingress = INGRESSES.meta;

export const receivesFromMeta = (named: { id: string; summary: string }) =>
  publicOperation({
    ...named,
    description:
      "Takes deliveries of WhatsApp, Instagram and Messenger. Signed with `X-Hub-Signature-256` over the raw body, with a secret of the deployment's apps or the account's own. A delivery that an account's own secret signs is about that account alone and has at most 256 KiB. Returns 200 when everything in it is stored durably; a repeated delivery changes nothing. Updates of unknown shape are counted, and kept up to 2 KiB of each and 100 KB an hour of an account. A delivery with an account's own secret is refused (429) while too much of the account waits to be applied.",
    anyQuery: true,
    rawBody: {
      contentType: "application/json",
      schema: z.looseObject({ object: z.string(), entry: z.array(z.looseObject({ id: z.string() })) }),
    },
    response: z.object({ received: z.int().openapi({ description: "Number of updates in the delivery" }) }),
    problems: [signatureWrong, bodyTooLarge, webhookBacklogFull],
    handle: async ({ ctx, request: { url, headers }, request }) => {
      if (!ingress.isSigned({ url, headers })) throw signatureWrong();
      const body = await readBytes(request, ingress.maxBytes);
      return { received: await receiveDelivery(ctx, ingress, { url, headers, body }) };
    },
  });

export const verifiesForMeta = (named: { id: string; summary: string }) =>
  publicOperation({
    ...named,
    description:
      "Completes Meta's webhook handshake: returns the challenge if the verify token is the deployment's or an account's.",
    query: z.object({
      "hub.mode": z.literal("subscribe").openapi({ description: "Always `subscribe`" }),
      "hub.verify_token": z
        .string()
        .min(1)
        .max(200)
        .openapi({ description: "The verify token of the deployment or of an account" }),
      "hub.challenge": z.string().min(1).max(200).openapi({ description: "Returned unchanged as the answer" }),
    }),
    anyQuery: true,
    response: z.string(),
    contentType: "text/plain",
    problems: [verifyTokenWrong],
    handle: async ({ ctx, query }) => {
      if (!(await isVerifyToken(ctx, query["hub.verify_token"]))) throw verifyTokenWrong();
      return new Response(query["hub.challenge"], {
        headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
      });
    },
  });

async function isVerifyToken(ctx: PublicCtx, token: string): Promise<boolean> {
  if (ctx.config.META_VERIFY_TOKEN && token === ctx.config.META_VERIFY_TOKEN) return true;
  return isVerifyTokenOfAccount(ctx, token);
}
