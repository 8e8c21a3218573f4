import { z } from "@hono/zod-openapi";

const metaId = z.string().regex(/^\d{1,32}$/, "An id of Meta: digits only");
// Only characters that a header accepts: a pasted line break would otherwise fail at the first call.
const secret = z.string().regex(/^[\x21-\x7e]{1,1024}$/, "No spaces or line breaks");

/** The configuration of an account: a number, its business account and a token that may send for it. */
export const whatsappConfig = z.strictObject({
  phone_number_id: metaId,
  waba_id: metaId,
  access_token: secret,
  app_secret: secret.optional(),
});
export type WhatsappConfig = z.infer<typeof whatsappConfig>;
