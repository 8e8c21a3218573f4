import type { AccountChange, ChannelUpdate } from "../channel";
import { defined, isRecord, textOf } from "../json";

/** Meta: Cloud API webhooks about templates, numbers and accounts: not about a person, kept as Meta says them. */

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
    // Of the owner that the delivery is signed for, whatever else it names.
    ...(change !== undefined && owner !== undefined && { change: { owner, ...change } }),
  };
}

/** Meta's own example of a change of quality comes under the name of the change of status. */
function eventOf(field: string, value: Json): string {
  return field === "message_template_status_update" && value.new_quality_score !== undefined
    ? "message_template_quality_update"
    : field;
}

/** The template; else the number, by its id where that is said; else the business account. "" when nothing is said at all. */
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

/** What the event makes of accounts of ours; `undefined` for what is only kept. */
function changeOf(field: string, value: Json): WithoutOwner | undefined {
  switch (field) {
    case "account_update":
      return healthChange(value);
    case "phone_number_quality_update": {
      const [limit, event] = [limitOf(value), value.event];
      return defined({
        number: digitsOf(value.display_phone_number),
        messagingLimit: limit,
        // A number is flagged when its quality is low. When it no longer is, Meta does not say what the quality is.
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
    // One that does not say when it ends has no end that we know.
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

/** Of the portfolio since version 24, of the number before. */
const limitOf = (value: Json): string | undefined =>
  [value.current_limit, value.max_daily_conversations_per_business, value.max_daily_conversation_per_phone]
    .map(textOf)
    .find((each) => each !== undefined);

/** A number as people write it, as digits alone. */
export const digitsOf = (display: unknown): string | undefined => textOf(display)?.replaceAll(/\D/g, "") || undefined;

function timeOf(value: unknown): number | undefined {
  const seconds = Number(textOf(value) ?? Number.NaN);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) return undefined;
  return seconds < 100_000_000_000 ? seconds * 1000 : seconds;
}
