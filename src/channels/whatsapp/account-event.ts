import type { AccountChange, ChannelUpdate } from "../channel";
import { isRecord, textOf } from "../json";
import { reportsOf } from "./account-report";
import { type Json, timeOf } from "./account-value";
import { templateChangeOf } from "./template-event";

/** Meta: Cloud API webhooks about templates, numbers and accounts, which are stored as Meta sends them. */

export function eventUpdate(entry: Json, field: string, value: Json, said: unknown = value): ChannelUpdate {
  const at = timeOf(value.timestamp) ?? timeOf(entry.time);
  const change = changeOf(entry, field, value);
  const owner = textOf(entry.id);
  const event = eventOf(field, value);
  const template = owner === undefined ? undefined : templateChangeOf(owner, event, value);
  return {
    kind: "account_event",
    subject: subjectOf(entry, field, value),
    event,
    ...(at !== undefined && { at }),
    value: said,
    ...(change !== undefined && { change }),
    ...(template && { template }),
  };
}

/**
 * The business account that a change is about. An event of a partner has the partner's own business in the entry, and
 * the customer's account in the value.
 */
export function ownerOf(entry: Json, value: unknown): string | undefined {
  const info = isRecord(value) ? value.waba_info : undefined;
  return (isRecord(info) ? textOf(info.waba_id) : undefined) ?? textOf(entry.id);
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
  return (
    [textOf(value.message_template_id), ...number, display, ownerOf(entry, value)].find((each) => each !== undefined) ??
    ""
  );
}

/** The event's change of accounts; `undefined` for events that are only stored. */
function changeOf(entry: Json, field: string, value: Json): AccountChange | undefined {
  const owner = ownerOf(entry, value);
  const reports = reportsOf(field, value);
  if (owner === undefined || reports.length === 0) return undefined;
  const number = digitsOf(value.display_phone_number) ?? digitsOf(value.phone_number);
  const externalId = value.entity_type === "PHONE_NUMBER" ? textOf(value.entity_id) : undefined;
  return {
    owner,
    ...(number !== undefined && { number }),
    ...(externalId !== undefined && { externalId }),
    reports,
  };
}

/** The digits of a formatted number. */
export const digitsOf = (display: unknown): string | undefined => textOf(display)?.replaceAll(/\D/g, "") || undefined;
