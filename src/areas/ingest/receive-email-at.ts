import { z } from "@hono/zod-openapi";
import { publicOperation } from "../../domain/operation";
import { mailContract, receiveEmail } from "./receive-email";

export default publicOperation({
  id: "receiveEmailWebhookAt",
  summary: "Receive inbound email webhook, with the secret in the path",
  description: "The same as `POST /webhook/email`, for providers that take neither a password nor a query.",
  params: z.object({
    account: z
      .string()
      .regex(/^[^@\s]{1,64}@[^@\s]{1,253}$/)
      .openapi({ description: "The account's address", example: "support@example.com" }),
    secret: z
      .string()
      .regex(/^[\x21-\x7e]{16,200}$/)
      .openapi({ description: "The account's `inbound_secret`" }),
  }),
  ...mailContract,
  handle: async ({ ctx, params, request }) => ({
    received: await receiveEmail(ctx, request, { account: params.account.toLowerCase(), secret: params.secret }),
  }),
});
