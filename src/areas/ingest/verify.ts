import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { publicOperation } from "../../domain/operation";
import { isVerifyTokenOfAccount } from "../integrations/routes";
import { verifyTokenWrong } from "./problems";

export default publicOperation({
  id: "verifyMetaWebhook",
  summary: "Meta webhook verification",
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
