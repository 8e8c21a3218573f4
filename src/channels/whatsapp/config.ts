import { z } from "@hono/zod-openapi";
import { lazily, type OutputOf } from "../../kit/lazily";
import { metaId, metaSecret } from "../meta/config";

/** The configuration of an account: a number, its business account and a token that may send for it. */
export const whatsappConfig = lazily(() =>
  z.strictObject({
    phone_number_id: metaId(),
    waba_id: metaId(),
    access_token: metaSecret(),
    app_secret: metaSecret().optional(),
  }),
);
export type WhatsappConfig = OutputOf<typeof whatsappConfig>;
