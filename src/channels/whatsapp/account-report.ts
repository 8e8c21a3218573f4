import type { AccountReport } from "../channel";
import { isRecord, textOf } from "../json";
import { accountUpdateReport } from "./account-update";
import { entryOf, type Json, wordsOf } from "./account-value";

/**
 * Meta: Cloud API webhooks `account_update`, `account_alerts`, `account_review_update`, `business_capability_update`,
 * `phone_number_name_update`, `phone_number_quality_update` and `security`, in plain words.
 */

/** Empty for events that are only stored. */
export function reportsOf(field: string, value: Json): AccountReport[] {
  const report = field === "phone_number_quality_update" ? qualityReports(value) : entryOf(REPORTS, field)?.(value);
  return report === undefined ? [] : [report].flat();
}

const REPORTS: Readonly<Record<string, (value: Json) => AccountReport | undefined>> = {
  account_update: accountUpdateReport,
  account_alerts: alertReport,
  account_review_update: reviewReport,
  business_capability_update: capabilityReport,
  phone_number_name_update: nameReport,
  security: securityReport,
};

/** The quality and the messaging limit of a number, each if it is reported. */
function qualityReports(value: Json): AccountReport[] {
  const [limit, event] = [limitOf(value), textOf(value.event) ?? ""];
  const limitReport: AccountReport[] =
    limit === undefined ? [] : [{ aspect: "limit", messagingLimit: limit, ...limitWords(event, limit) }];
  switch (event) {
    case "FLAGGED":
      return [
        {
          aspect: "quality",
          qualityRating: "RED",
          text: "The number is flagged: its quality is low, because people block or report its messages.",
          needsAction: true,
        },
        ...limitReport,
      ];
    case "UNFLAGGED":
      // Meta does not report the quality that it has now.
      return [
        { aspect: "quality", qualityRating: "UNKNOWN", text: "The number is no longer flagged." },
        ...limitReport,
      ];
    case "":
      return limitReport;
    default:
      return limitReport.length > 0
        ? limitReport
        : [{ aspect: "quality", text: `The number's quality or limit has changed: ${wordsOf(event)}.` }];
  }
}

function limitWords(event: string, limit: string): Pick<AccountReport, "text" | "needsAction"> {
  if (event === "DOWNGRADE") return { text: `The messaging limit was lowered to ${limit}.`, needsAction: true };
  return {
    text: event === "UPGRADE" ? `The messaging limit was raised to ${limit}.` : `The messaging limit is ${limit}.`,
  };
}

function capabilityReport(value: Json): AccountReport | undefined {
  const limit = limitOf(value);
  const numbers = textOf(value.max_phone_numbers_per_business) ?? textOf(value.max_phone_numbers_per_waba);
  const parts = [
    limit === undefined ? [] : `The messaging limit is ${limit}.`,
    numbers === undefined ? [] : `The business may have ${numbers} phone numbers.`,
  ].flat();
  if (parts.length === 0) return undefined;
  return { aspect: "limit", text: parts.join(" "), ...(limit !== undefined && { messagingLimit: limit }) };
}

/** Reported for the portfolio since version 24, for the number before. */
const limitOf = (value: Json): string | undefined =>
  [value.current_limit, value.max_daily_conversations_per_business, value.max_daily_conversation_per_phone]
    .map(textOf)
    .find((each) => each !== undefined);

const NAME_REJECTIONS: Readonly<Record<string, string>> = {
  NAME_EMPLOYEE_ISSUE: "it names a person or an employee",
  NAME_INDIVIDUAL_ISSUE: "it names a person or an employee",
  NAME_ENDCLIENT_NOTRELATED: "it names another business",
  NAME_FORMAT_UNACCEPTABLE: "its format is not accepted",
  NAME_NOT_CONSISTENT: "it does not fit the business's brand",
};

function nameReport(value: Json): AccountReport | undefined {
  const name = textOf(value.requested_verified_name);
  const shown = name === undefined ? "The display name" : `The display name "${name}"`;
  switch (value.decision) {
    case "APPROVED":
      return { aspect: "name", text: `${shown} was approved.`, ...(name !== undefined && { verifiedName: name }) };
    case "REJECTED": {
      const code = textOf(value.rejection_reason);
      const reason =
        code === undefined || code === "UNKNOWN" ? undefined : (entryOf(NAME_REJECTIONS, code) ?? wordsOf(code));
      const text = `${shown} was rejected${reason === undefined ? "" : `: ${reason}`}.`;
      return { aspect: "name", text, needsAction: true };
    }
    case "DEFERRED":
      return { aspect: "name", text: `The decision on the name is deferred. ${shown} is not approved yet.` };
    case "PENDING":
      return { aspect: "name", text: `${shown} is under review.` };
    default:
      return undefined;
  }
}

const SECURITY_WORDS: Readonly<Record<string, string>> = {
  PIN_CHANGED: "The PIN of the number's two-step verification was changed or enabled in WhatsApp Manager.",
  PIN_RESET_REQUEST: "Somebody asked in WhatsApp Manager to turn the number's two-step verification off.",
  PIN_REQUEST_SUCCESS: "The number's two-step verification was turned off.",
};

function securityReport(value: Json): AccountReport | undefined {
  const event = textOf(value.event);
  if (event === undefined) return undefined;
  const words = entryOf(SECURITY_WORDS, event) ?? `The number's security settings have changed: ${wordsOf(event)}.`;
  const by = textOf(value.requester);
  const who = by === undefined ? "" : ` Requested by the Meta Business Suite user ${by}.`;
  return { aspect: "security", text: `${words}${who} Check that it was one of you.`, needsAction: true };
}

function alertReport(value: Json): AccountReport | undefined {
  // Flat before version 22.
  const info = isRecord(value.alert_info) ? value.alert_info : value;
  const [type, description] = [textOf(info.alert_type), textOf(info.alert_description)];
  if (type === undefined && description === undefined) return undefined;
  const isOver = info.alert_status === "RESOLVED";
  const text = [isOver ? "No longer: " : "", description ?? `${wordsOf(type!)}.`].join("");
  const needsAction = !isOver && (info.alert_severity === "WARNING" || info.alert_severity === "CRITICAL");
  return { aspect: "alert", text, ...(needsAction && { needsAction }) };
}

const REVIEW_WORDS: Readonly<Record<string, string>> = {
  APPROVED: "WhatsApp's review has approved the account.",
  REJECTED: "WhatsApp's review has rejected the account: it does not meet the policies and cannot be used.",
  PENDING: "WhatsApp reviews the account. It cannot be used yet.",
  DEFERRED: "WhatsApp has deferred the review of the account. It cannot be used yet.",
};

function reviewReport({ decision }: Json): AccountReport | undefined {
  const text = entryOf(REVIEW_WORDS, decision);
  return text === undefined
    ? undefined
    : { aspect: "review", text, ...(decision === "REJECTED" && { needsAction: true }) };
}
