import { defineChannel } from "../channel";
import { codesOf } from "../meta/errors";
import { openAccount } from "./account";
import { capabilities } from "./capabilities";
import { bulkRefusal } from "./bulk-refusal";
import { askChoice } from "./choice";
import { whatsappConfig } from "./config";
import { accountsOf, parse, signerOf } from "./inbound";
import { check, limits } from "./limits";
import { MARKETING_CAP, peoplePerDay } from "./people-limits";
import { oauth } from "./oauth";

/** WhatsApp, through Meta's Cloud API. */
export const whatsapp = defineChannel({
  channel: "whatsapp",
  capabilities,
  limits,
  config: whatsappConfig,
  secrets: ["access_token", "app_secret"],
  deliverySecret: "app_secret",
  accountKey: (phoneNumberId) => `wa-${phoneNumberId}`,
  signerOf,
  accountsOf,
  parse,
  check,
  askChoice,
  templates: async () => (await import("./template-rules")).templateRules,
  isTemplateFailure: (code) => /^132\d{3}$/.test(code),
  finalFailures: [...codesOf("undeliverable"), ...codesOf("suppressed")].filter((code) => code !== MARKETING_CAP),
  dailyFailures: [MARKETING_CAP],
  peoplePerDay,
  bulkRefusal,
  oauth,
  open: openAccount,
});
