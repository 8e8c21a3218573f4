import type { ChannelUpdate } from "../channel";
import { isRecord, textOf } from "../json";

/** Meta: Cloud API webhooks about templates, numbers and accounts: not about a person, kept as Meta says them. */

export function eventUpdate(entry: Record<string, unknown>, field: string, value: Record<string, unknown>, said: unknown = value): ChannelUpdate {
  const at = timeOf(value.timestamp) ?? timeOf(entry.time);
  return {
    kind: "account_event",
    subject: subjectOf(entry, field, value),
    event: eventOf(field, value),
    ...(at !== undefined && { at }),
    value: said,
  };
}

/** Meta's own example of a change of quality comes under the name of the change of status. */
function eventOf(field: string, value: Record<string, unknown>): string {
  return field === "message_template_status_update" && value.new_quality_score !== undefined ? "message_template_quality_update" : field;
}

/** The template; else the number, by its id where that is said; else the business account. "" when nothing is said at all. */
function subjectOf(entry: Record<string, unknown>, field: string, value: Record<string, unknown>): string {
  const number = [value.metadata, value.phone_number_settings].map((each) => (isRecord(each) ? textOf(each.phone_number_id) : undefined));
  const display = field.startsWith("phone_number_") ? textOf(value.display_phone_number) : undefined;
  const partner = isRecord(value.waba_info) ? textOf(value.waba_info.waba_id) : undefined;
  return [textOf(value.message_template_id), ...number, display, partner, textOf(entry.id)].find((each) => each !== undefined) ?? "";
}

function timeOf(value: unknown): number | undefined {
  const seconds = Number(textOf(value) ?? Number.NaN);
  if (!Number.isSafeInteger(seconds) || seconds <= 0) return undefined;
  return seconds < 100_000_000_000 ? seconds * 1000 : seconds;
}
