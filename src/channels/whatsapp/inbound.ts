import type { ChannelUpdate, NamedAccounts, Signer } from "../channel";
import { isRecord, textOf } from "../json";
import { eventUpdate, ownerOf } from "./account-event";
import { marketingChoice } from "./marketing-choice";
import { messageUpdate, userIdUpdate } from "./message";
import { contactPayload, valuePayload, type ContactPayload } from "./payload";
import { statusUpdate } from "./status";

/**
 * Meta: Cloud API webhooks. A delivery has several entries, an entry several changes, a change several messages,
 * statuses or errors. Each is read independently, so that an unreadable one does not affect the others.
 */

/**
 * Unsupported fields: calls, messages that the business wrote in its own app, and history from before it was connected.
 */
const UNSUPPORTED_FIELDS = new Set(["calls", "smb_message_echoes", "smb_app_state_sync", "history", "message_echoes"]);

export function parse(delivery: unknown): ChannelUpdate[] {
  try {
    return deliveryUpdates(delivery);
  } catch {
    // A value that JSON cannot contain (a getter that throws) must not fail the delivery.
    return [unknown("unreadable", delivery)];
  }
}

/** The first phone number id of the delivery; without one, the WABA of its first entry. */
export function signerOf(delivery: unknown): Signer | undefined {
  const entries = isRecord(delivery) ? listOf(delivery.entry).filter(isRecord) : [];
  for (const entry of entries) {
    for (const change of listOf(entry.changes)) {
      const value = isRecord(change) ? change.value : undefined;
      const metadata = isRecord(value) ? value.metadata : undefined;
      const account = isRecord(metadata) ? textOf(metadata.phone_number_id) : undefined;
      if (account !== undefined) return { account };
    }
  }
  const [owner] = entries.slice(0, 1).flatMap(ownersOf);
  return owner === undefined ? undefined : { owner };
}

/** Owners are WhatsApp Business Accounts. */
export function accountsOf(delivery: unknown): NamedAccounts {
  const ids = parse(delivery).map((update) => ("account" in update && update.account) || undefined);
  const entries = isRecord(delivery) ? listOf(delivery.entry) : [];
  const owners = entries.filter(isRecord).flatMap(ownersOf);
  return {
    accounts: [...new Set(ids.filter((id) => id !== undefined))],
    owners: ids.includes(undefined) ? [...new Set(owners)] : [],
  };
}

/** The owner of each of the entry's changes. */
function ownersOf(entry: Record<string, unknown>): string[] {
  const changes = listOf(entry.changes);
  const values = changes.length > 0 ? changes.map((change) => (isRecord(change) ? change.value : undefined)) : [{}];
  return values.flatMap((value) => ownerOf(entry, value) ?? []);
}

function deliveryUpdates(delivery: unknown): ChannelUpdate[] {
  if (!isRecord(delivery) || !Array.isArray(delivery.entry)) return [unknown("no_entries", delivery)];
  if (typeof delivery.object === "string" && delivery.object !== "whatsapp_business_account")
    return [unknown("other_object", delivery)];
  return delivery.entry.flatMap((entry: unknown) => {
    if (!isRecord(entry) || !Array.isArray(entry.changes)) return [unknown("no_changes", entry)];
    return entry.changes.flatMap((change: unknown) => changeUpdates(entry, change));
  });
}

function changeUpdates(entry: Record<string, unknown>, change: unknown): ChannelUpdate[] {
  if (!isRecord(change) || !isRecord(change.value)) return [unknown("no_value", change)];
  const { field, value } = change;
  if (Array.isArray(value.user_id_update)) {
    const account = accountIdOf(value);
    return value.user_id_update.map((each: unknown) => readSafely(each, account, () => userIdUpdate(account, each)));
  }
  const lists = ["messages", "statuses", "errors"].filter((name) => Array.isArray(value[name]));
  if (field === "messages" || (textOf(field) === undefined && lists.length > 0)) {
    return lists.length > 0 ? valueUpdates(entry, value) : [unknown("empty_value", change, accountIdOf(value))];
  }
  if (typeof field !== "string" || UNSUPPORTED_FIELDS.has(field))
    return [unknown(typeof field === "string" ? field : "no_field", change, accountIdOf(value))];
  if (field === "user_preferences") {
    const account = accountIdOf(value);
    const contacts = contactsOf(value);
    const choices = listOf(value.user_preferences).map((each) =>
      readSafely(each, account, () => marketingChoice(account, each, contacts)),
    );
    return choices.length > 0 ? choices : [unknown("empty_value", change, account)];
  }
  return [eventUpdate(entry, field, value)];
}

function valueUpdates(entry: Record<string, unknown>, value: Record<string, unknown>): ChannelUpdate[] {
  const account = accountIdOf(value);
  const contacts = contactsOf(value);
  return [
    ...listOf(value.messages).map((message) =>
      readSafely(message, account, () => messageUpdate(account, message, contacts)),
    ),
    ...listOf(value.statuses).map((status) =>
      readSafely(status, account, () => statusUpdate(account, status, contacts)),
    ),
    ...listOf(value.errors).map((error) => readSafely(error, account, () => eventUpdate(entry, "error", value, error))),
  ];
}

const contactsOf = (value: Record<string, unknown>): ContactPayload[] =>
  listOf(value.contacts).flatMap((contact) => {
    const parsed = contactPayload.safeParse(contact);
    return parsed.success ? [parsed.data] : [];
  });

function readSafely(raw: unknown, account: string, read: () => ChannelUpdate): ChannelUpdate {
  try {
    return read();
  } catch {
    return unknown("unreadable", raw, account);
  }
}

/** The phone number id; "" if it is absent: the update then belongs to no account. */
function accountIdOf(value: Record<string, unknown>): string {
  const parsed = valuePayload.safeParse(value);
  return (parsed.success && parsed.data.metadata?.phone_number_id) || "";
}

function unknown(reason: string, raw: unknown, account = ""): ChannelUpdate {
  return { kind: "unknown", ...(account !== "" && { account }), reason, raw };
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
