import { z } from "@hono/zod-openapi";
import { publicUrlFault } from "../../kit/public-url";
import { ADDRESS } from "./address";
import { MAX_SIGNATURE } from "./capabilities";

const PROVIDERS = ["resend", "postmark", "smtp", "cloudflare"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** The fields that a provider needs for sending. */
const NEEDED: Record<Provider, readonly ("api_key" | "smtp_host" | "smtp_user" | "smtp_password")[]> = {
  resend: ["api_key"],
  postmark: ["api_key"],
  smtp: ["smtp_host", "smtp_user", "smtp_password"],
  cloudflare: [],
};

/** Built at its first use: channels start with the Worker, and most isolates need only some of them. */
function schema() {
  // Only characters that a header accepts: a pasted line break would otherwise fail at the first call.
  const secret = z
    .string()
    .regex(/^[\x21-\x7e]{1,1024}$/, "No spaces or line breaks")
    .optional();
  const line = z
    .string()
    .regex(/^[^\p{Cc}]{1,200}$/u, "One line of at most 200 characters")
    .optional();
  return z
    .strictObject({
      address: z
        .string()
        .trim()
        .toLowerCase()
        .regex(ADDRESS, "An email address without a + in it")
        .refine((address) => !address.includes("+"), "An email address without a + in it"),
      display_name: line,
      provider: z.enum(PROVIDERS),
      api_key: secret,
      /** In the address that a provider delivers to, or as the password of Basic. */
      inbound_secret: z.string().regex(/^[\x21-\x7e]{16,200}$/, "16 to 200 characters without spaces"),
      /** Mailgun's signing key, or SendGrid's public key. */
      provider_signing_key: secret,
      /** Resend's signing secret of the webhook: `whsec_…`. */
      webhook_secret: secret,
      smtp_host: z
        .string()
        .trim()
        .toLowerCase()
        .regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/, "The name of a host")
        // We connect to it, so it must not be one of our own networks.
        .refine((host) => publicUrlFault(`https://${host}`) === undefined, "Has to be on the public internet")
        .optional(),
      smtp_port: z
        .string()
        .regex(/^(465|587|2525)$/, "465, 587 or 2525")
        .default("587"),
      smtp_user: line,
      // Some have spaces, as Google's do.
      smtp_password: z
        .string()
        .regex(/^[\x20-\x7e]{1,1024}$/, "One line of ASCII")
        .optional(),
      signature: z.string().max(MAX_SIGNATURE).optional(),
    })
    .superRefine((config, issues) => {
      for (const field of NEEDED[config.provider])
        if (config[field] === undefined)
          issues.addIssue({ code: "custom", path: [field], message: `Required to send by ${config.provider}` });
    });
}

/** The configuration of an account: an address, who sends for it, and what proves that a mail is delivered to it. */
export const emailConfig = z.lazy(schema);
export type EmailConfig = z.infer<ReturnType<typeof schema>>;
