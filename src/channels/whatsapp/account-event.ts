import type { AccountChange, ChannelUpdate } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Meta: Cloud API webhooks about templates, numbers and accounts, which are stored as Meta sends them. */

type Json = Record<string, unknown>;
type WithoutOwner = Omit<AccountChange, "owner" | "account">;

export function eventUpdate(entry: Json, field: string, value: Json, said: unknown = value): ChannelUpdate {
  const at = timeOf(value.timestamp) ?? timeOf(entry.time);
  const change = changeOf(field, value);
  const owner = textOf(entry.id);
  return {
    kind: "account_event",
    subject: subjectOf(entry, field, value),
    event: eventOf(field, value),
    ...(at !== undefined && { at }),
    value: said,
    // The owner from the entry that was verified, whatever the value itself names.
    ...(change !== undefined && owner !== undefined && { change: { owner, ...change } }),
  };
}

/** In Meta's documentation the example of a changed quality has the field name of a changed status. */
function eventOf(field: string, value: Json): string {
  return field === "message_template_status_update" && value.new_quality_score !== undefined
    ? "message_template_quality_update"
    : field;
}

/**
 * The id of the template; else of the number, or its display number; else of the business account. "" if none is
 * present.
 */
function subjectOf(entry: Json, field: string, value: Json): string {
  const number = [value.metadata, value.phone_number_settings].map((each) =>
    isRecord(each) ? textOf(each.phone_number_id) : undefined,
  );
  const display = field.startsWith("phone_number_") ? textOf(value.display_phone_number) : undefined;
  const partner = isRecord(value.waba_info) ? textOf(value.waba_info.waba_id) : undefined;
  return (
    [textOf(value.message_template_id), ...number, display, partner, textOf(entry.id)].find(
      (each) => each !== undefined,
    ) ?? ""
  );
}

/** The event's change of accounts; `undefined` for events that are only stored. */
function changeOf(field: string, value: Json): WithoutOwner | undefined {
  switch (field) {
    case "account_update":
      return healthChange(value);
    case "phone_number_quality_update": {
      const [limit, event] = [limitOf(value), value.event];
      return defined({
        number: digitsOf(value.display_phone_number),
        messagingLimit: limit,
        // A number is flagged when its quality is low. When it is unflagged, Meta does not report its quality.
        qualityRating: event === "FLAGGED" ? "RED" : event === "UNFLAGGED" ? "UNKNOWN" : undefined,
      });
    }
    case "business_capability_update":
      return defined({ messagingLimit: limitOf(value) });
    default:
      return undefined;
  }
}

function healthChange(value: Json): WithoutOwner | undefined {
  const event = textOf(value.event) ?? "";
  const health = healthAfter(event, value);
  if (health === undefined) return undefined;
  const restrictions = Array.isArray(value.restriction_info) ? value.restriction_info.filter(isRecord) : [];
  const ends = restrictions.map((each) => timeOf(each.expiration));
  const said = [value.ban_info, value.violation_info, ...restrictions].flatMap((each) =>
    isRecord(each)
      ? Object.entries(each)
          .filter(([name]) => name !== "expiration")
          .map(([, text]) => textOf(text))
      : [],
  );
  return {
    health,
    ...(health !== "connected" && { detail: [event, ...said.filter((each) => each !== undefined)].join(": ") }),
    // Without an expiry of every restriction the end is unknown.
    ...(ends.length > 0 && ends.every((each) => each !== undefined) && { until: Math.max(...ends) }),
  };
}

function healthAfter(event: string, { ban_info: ban }: Json): AccountChange["health"] {
  switch (event) {
    case "DISABLED_UPDATE":
      switch (isRecord(ban) ? ban.waba_ban_state : undefined) {
        case "REINSTATE":
          return "connected";
        case "SCHEDULE_FOR_DISABLE":
          return "degraded";
        default:
          return "disconnected";
      }
    case "ACCOUNT_RESTRICTION":
    case "ACCOUNT_VIOLATION":
      return "degraded";
    case "ACCOUNT_DELETED":
    case "ACCOUNT_OFFBOARDED":
      return "disconnected";
    case "ACCOUNT_RECONNECTED":
      return "connected";
    default:
      return undefined;
  }
}

/** Reported for the portfolio since version 24, for the number before. */
const limitOf = (value: Json): string | undefined =>
  [value.current_limit, value.max_daily_conversations_per_business, value.max_daily_conversation_per_phone]
    .map(textOf)
    .find((each) => each !== undefined);

/** The digits of a formatted number. */
export const digitsOf = (display: unknown): string | undefined => textOf(display)?.replaceAll(/\D/g, "") || undefined;

function timeOf(value: unknown): number | undefined {
  const seconds = Number(textOf(value) ?? Number.NaN);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) return undefined;
  return seconds < 100_000_000_000 ? seconds * 1000 : seconds;
}
