import { z } from "@hono/zod-openapi";
import { lazily, type OutputOf } from "../../kit/lazily";
import { metaId, metaSecret, metaToken } from "../meta/config";

/** The configuration of an account, with Instagram's own login or through the page that it is linked to. */
export const instagramConfig = lazily(() =>
  z
    .strictObject({
      instagram_id: metaId(),
      access_token: metaSecret(),
      username: z.string().min(1).max(100).optional(),
      app_secret: metaSecret().optional(),
      verify_token: metaToken().optional(),
      login: z.enum(["instagram", "facebook"]).default("instagram"),
      page_id: metaId().optional(),
      /** The channel lets people of the account answer for seven days. */
      human_agent: z.literal("true").optional(),
      /** Milliseconds since 1970. */
      token_expires_at: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    })
    .refine(({ login, page_id }) => login === "instagram" || page_id !== undefined, {
      path: ["page_id"],
      message: "Required with the login of Facebook",
    }),
);
export type InstagramConfig = OutputOf<typeof instagramConfig>;
