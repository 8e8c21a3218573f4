import { z } from "@hono/zod-openapi";
import { INGRESSES } from "../../channels/registry";
import { publicOperation } from "../../domain/operation";
import { readBytes } from "../../kit/body";
import { bodyTooLarge } from "../../kit/problem";
import { receiveDelivery } from "./delivery";
import { signatureWrong, webhookBacklogFull } from "./problems";

const ingress = INGRESSES.meta;

export default publicOperation({
  id: "receiveMetaWebhook",
  summary: "Receive Meta webhook (WhatsApp + Instagram)",
  description:
    "Signed with `X-Hub-Signature-256` over the raw body, with the app's secret or the account's own. What an account's own secret signs is about that account alone and has at most 256 KiB. Returns 200 when everything in it is stored durably; a repeated delivery changes nothing. Updates of unknown shape are counted, and kept up to 2 KiB of each and 100 KB an hour of an account. A delivery with an account's own secret is refused (429) while too much of the account waits to be applied.",
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
