import { z } from "@hono/zod-openapi";
import { lazily, type OutputOf } from "../../kit/lazily";
import { metaId, metaSecret, metaToken } from "../meta/config";

/** The configuration of an account: a page and its token. */
export const messengerConfig = lazily(() =>
  z.strictObject({
    page_id: metaId(),
    access_token: metaSecret(),
    page_name: z.string().min(1).max(300).optional(),
    app_secret: metaSecret().optional(),
    verify_token: metaToken().optional(),
    /** The channel lets people of the account answer for seven days. */
    human_agent: z.literal("true").optional(),
  }),
);
export type MessengerConfig = OutputOf<typeof messengerConfig>;
