import type { AccountReport } from "../channel";
import { isRecord, textOf } from "../json";
import { entryOf, type Json, timeOf, wordsOf } from "./account-value";

/** Meta: Cloud API webhook `account_update`, in plain words. */

/** `undefined` for an event that is not known. */
export const accountUpdateReport = (value: Json): AccountReport | undefined => entryOf(EVENTS, value.event)?.(value);

const CONNECT_AGAIN = "Connect the account again.";
const lost = (text: string): AccountReport => ({ aspect: "access", health: "disconnected", text, needsAction: true });
const gained = (text: string): AccountReport => ({ aspect: "access", health: "connected", text });
const other = (text: string): AccountReport => ({ aspect: "other", text });

const EVENTS: Readonly<Record<string, (value: Json) => AccountReport>> = {
  PARTNER_REMOVED: ({ disconnection_info: info }) => lost(`${removalWords(info)} ${CONNECT_AGAIN}`),
  PARTNER_APP_UNINSTALLED: () =>
    lost(`Our app was removed from the WhatsApp Business account, so we may no longer use it. ${CONNECT_AGAIN}`),
  ACCOUNT_DELETED: () => lost("The WhatsApp Business account was deleted."),
  ACCOUNT_OFFBOARDED: () =>
    lost(`WhatsApp disconnected the account, because the number moved to another device. ${CONNECT_AGAIN}`),
  ACCOUNT_RECONNECTED: () => gained("WhatsApp connected the account again."),
  PARTNER_ADDED: () => gained("We may use the WhatsApp Business account."),
  PARTNER_APP_INSTALLED: () => gained("Our app was added to the WhatsApp Business account."),
  DISABLED_UPDATE: banReport,
  ACCOUNT_RESTRICTION: restrictionReport,
  ACCOUNT_VIOLATION: ({ violation_info: info }) => ({
    aspect: "standing",
    health: "degraded",
    text: `WhatsApp reports a violation of its policies${listed([isRecord(info) ? info.violation_type : undefined])}.`,
    needsAction: true,
  }),
  VERIFIED_ACCOUNT: () => ({ aspect: "review", text: "WhatsApp has verified the account." }),
  PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE: verificationReport,
  AD_ACCOUNT_LINKED: () => other("An ad account was linked to the WhatsApp Business account."),
  MM_LITE_TERMS_SIGNED: () => other("The business has accepted the terms of the Marketing Messages API."),
  AUTH_INTL_PRICE_ELIGIBILITY_UPDATE: () => other("International rates for authentication messages will apply."),
  BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE: ({ country }) =>
    other(`The primary location of the business is set${listed([country])}.`),
  VOLUME_BASED_PRICING_TIER_UPDATE: ({ volume_tier_info: info }) => {
    const { tier, pricing_category: category, region, effective_month: month } = isRecord(info) ? info : {};
    return other(`A volume tier for prices was reached${listed([tier, category, region, month])}.`);
  },
};

/** `: one, two`; empty if nothing is known. */
function listed(values: readonly unknown[]): string {
  const known = values.flatMap((value) => textOf(value) ?? []);
  return known.length === 0 ? "" : `: ${known.join(", ")}`;
}

const REMOVAL_WORDS: Readonly<Record<string, string>> = {
  PRIMARY_INACTIVITY:
    "WhatsApp disconnected the number, because the WhatsApp Business app was not opened on its phone for too long. Open it there.",
  COMPANION_INACTIVITY: "WhatsApp disconnected the number, because its connection was not used for too long.",
  BUSINESS_DOWNGRADE:
    "The number was disconnected, because its WhatsApp Business app was exchanged for one that has no connections.",
};

function removalWords(info: unknown): string {
  const code = isRecord(info) ? textOf(info.reason) : undefined;
  if (code === undefined) return "Our access to the WhatsApp Business account was withdrawn.";
  return entryOf(REMOVAL_WORDS, code) ?? `The number was disconnected: ${wordsOf(code)}.`;
}

function banReport({ ban_info: info }: Json): AccountReport {
  const { waba_ban_state: state, waba_ban_date: date } = isRecord(info) ? info : {};
  switch (state) {
    case "REINSTATE":
      return { aspect: "standing", health: "connected", text: "WhatsApp has enabled the account again." };
    case "SCHEDULE_FOR_DISABLE":
      return {
        aspect: "standing",
        health: "degraded",
        text: `WhatsApp will disable the account${listed([date])}.`,
        needsAction: true,
      };
    default:
      return {
        aspect: "standing",
        health: "disconnected",
        text: `WhatsApp has disabled the account${listed([date])}.`,
        needsAction: true,
      };
  }
}

const RESTRICTION_WORDS: Readonly<Record<string, string>> = {
  RESTRICTED_BIZ_INITIATED_MESSAGING: "it may not message people first",
  RESTRICTED_CUSTOMER_INITIATED_MESSAGING: "it may not answer people",
  RESTRICTED_ADD_PHONE_NUMBER_ACTION: "it may not add phone numbers",
};

function restrictionReport({ restriction_info: info }: Json): AccountReport {
  const restrictions = [info].flat().filter(isRecord);
  const words = restrictions.flatMap(({ restriction_type: type }) => {
    const code = textOf(type);
    return code === undefined ? [] : (entryOf(RESTRICTION_WORDS, code) ?? wordsOf(code));
  });
  const ends = restrictions.map(({ expiration }) => timeOf(expiration) ?? Infinity);
  const until = ends.reduce((latest, end) => Math.max(latest, end), 0);
  return {
    aspect: "standing",
    health: "degraded",
    text: `WhatsApp restricts the account${listed(words)}.`,
    needsAction: true,
    // Without an expiry of every restriction the end is unknown.
    ...(until > 0 && until < Infinity && { until }),
  };
}

function verificationReport({ partner_client_certification_info: info }: Json): AccountReport {
  const { status, rejection_reasons: reasons } = isRecord(info) ? info : {};
  const named = [reasons].flat().flatMap((reason) => {
    const code = textOf(reason);
    return code === undefined || code === "NONE" ? [] : wordsOf(code);
  });
  const state = wordsOf(textOf(status) ?? "changed");
  return {
    ...other(`The verification of the business: ${state}${named.length > 0 ? ` (${named.join(", ")})` : ""}.`),
    ...((status === "REJECTED" || status === "FAILED") && { needsAction: true }),
  };
}
