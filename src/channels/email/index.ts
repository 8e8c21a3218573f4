import { defineChannel } from "../channel";
import { openAccount } from "./account";
import { capabilities, limits } from "./capabilities";
import { check, complete, recipients } from "./compose";
import { emailConfig } from "./config";
import { forward } from "./forward";
import { accountsOf, parse, signerOf } from "./inbound";

/** Email: one account is one address. */
export const email = defineChannel({
  channel: "email",
  capabilities,
  limits,
  config: emailConfig,
  secrets: ["api_key", "inbound_secret", "provider_signing_key", "webhook_secret", "smtp_password"],
  deliverySecret: "inbound_secret",
  accountKey: (address) => address,
  webhookPath: (address) => `/webhook/email?account=${encodeURIComponent(address)}`,
  signerOf,
  accountsOf,
  parse,
  check,
  complete,
  recipients,
  forward,
  open: openAccount,
});
