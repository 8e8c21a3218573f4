import type { Channel } from "../../kit/channels";

/** The values that connect an account of a channel, in the order in which they are asked (docs/connecting.md, docs/email.md). */
export interface Field {
  name: string;
  isSecret?: boolean;
  isOptional?: boolean;
}

export const PROVIDERS = ["resend", "postmark", "smtp", "cloudflare"] as const;
export type Provider = (typeof PROVIDERS)[number];
export const SMTP_PORTS = ["587", "465", "2525"] as const;

const OF_META: Record<Exclude<Channel, "email">, readonly Field[]> = {
  whatsapp: [
    { name: "phone_number_id" },
    { name: "waba_id" },
    { name: "access_token", isSecret: true },
    { name: "app_secret", isSecret: true, isOptional: true },
  ],
  instagram: [
    { name: "instagram_id" },
    { name: "username", isOptional: true },
    { name: "access_token", isSecret: true },
    { name: "app_secret", isSecret: true, isOptional: true },
  ],
  messenger: [
    { name: "page_id" },
    { name: "page_name", isOptional: true },
    { name: "access_token", isSecret: true },
    { name: "app_secret", isSecret: true, isOptional: true },
  ],
};

const OF_PROVIDER: Record<Provider, readonly Field[]> = {
  resend: [
    { name: "api_key", isSecret: true },
    { name: "webhook_secret", isSecret: true, isOptional: true },
  ],
  postmark: [{ name: "api_key", isSecret: true }],
  smtp: [{ name: "smtp_host" }, { name: "smtp_user" }, { name: "smtp_password", isSecret: true }],
  cloudflare: [],
};

export const fieldsOf = (channel: Channel, provider: Provider): readonly Field[] =>
  channel === "email" ? OF_PROVIDER[provider] : OF_META[channel];

/** 32 letters that prove that a mail is delivered by whom we asked. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
