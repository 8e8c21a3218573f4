import type { ChannelUpdate, NamedAccounts, Signer } from "../channel";
import { isRecord, textOf } from "../json";
import { eventUpdate, ownerOf } from "./account-event";
import { echoUpdate, lateHistoryUpdate, threadUpdates } from "./app-message";
import { callUpdate } from "./call";
import { marketingChoice } from "./marketing-choice";
import { messageUpdate, userIdUpdate } from "./message";
import type { OwnNumber } from "./party";
import { contactPayload, valuePayload, type ContactPayload } from "./payload";
import { statusUpdate } from "./status";

/**
 * Meta: Cloud API webhooks. A delivery has several entries, an entry several changes, a change several messages,
 * statuses or errors. Each is read independently, so that an unreadable one does not affect the others.
 */

/** The address book of the business's own app. */
const UNSUPPORTED_FIELDS = new Set(["smb_app_state_sync"]);
/** The fields about people, each with the lists that it may have. Others are about accounts. */
const LISTS_OF: Record<string, readonly string[]> = {
  messages: ["messages", "statuses", "errors"],
  smb_message_echoes: ["message_echoes"],
  message_echoes: ["message_echoes"],
  history: ["history", "messages", "message_echoes"],
  calls: ["calls", "statuses", "errors"],
  user_preferences: ["user_preferences"],
};

type Json = Record<string, unknown>;

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

function changeUpdates(entry: Json, change: unknown): ChannelUpdate[] {
  if (!isRecord(change) || !isRecord(change.value)) return [unknown("no_value", change)];
  const { field, value } = change;
  if (Array.isArray(value.user_id_update)) {
    const account = accountIdOf(value);
    return value.user_id_update.flatMap((each: unknown) =>
      readSafely(each, account, () => userIdUpdate(account, each)),
    );
  }
  const name = typeof field === "string" && Object.hasOwn(LISTS_OF, field) ? field : "messages";
  const lists = LISTS_OF[name]!.filter((list) => listOf(value[list]).length > 0);
  if (name === field || (textOf(field) === undefined && lists.length > 0)) {
    return lists.length > 0
      ? lists.flatMap((list) => listUpdates(entry, value, name, list))
      : [unknown("empty_value", change, accountIdOf(value))];
  }
  if (typeof field !== "string" || UNSUPPORTED_FIELDS.has(field))
    return [unknown(typeof field === "string" ? field : "no_field", change, accountIdOf(value))];
  return [eventUpdate(entry, field, value)];
}

function listUpdates(entry: Json, value: Json, field: string, list: string): ChannelUpdate[] {
  const account = accountIdOf(value);
  const own = isRecord(value.metadata) ? textOf(value.metadata.display_phone_number) : undefined;
  const isHistory = field === "history";
  const contacts = contactsOf(value);
  const read = (each: unknown): ChannelUpdate | ChannelUpdate[] => {
    switch (list) {
      case "messages":
        return isHistory ? lateHistoryUpdate(account, each, contacts, own) : messageUpdate(account, each, contacts);
      case "message_echoes":
        return echoUpdate(account, each, contacts, own, isHistory);
      case "statuses":
        return statusUpdate(account, each, contacts);
      case "calls":
        return callUpdate(account, each, contacts, own);
      case "user_preferences":
        return marketingChoice(account, each, contacts);
      case "history":
        return chunkUpdates(entry, value, account, own, each);
      default:
        return eventUpdate(entry, "error", value, each);
    }
  };
  return listOf(value[list]).flatMap((each) => readSafely(each, account, () => read(each)));
}

/** An element of `history[]`: threads of messages, or the error by which the business declined to share them. */
function chunkUpdates(entry: Json, value: Json, account: string, own: OwnNumber, chunk: unknown): ChannelUpdate[] {
  const { threads, errors } = isRecord(chunk) ? chunk : {};
  return [
    ...listOf(threads).flatMap((thread) => readSafely(thread, account, () => threadUpdates(account, thread, own))),
    ...listOf(errors).map((error) => eventUpdate(entry, "history", value, error)),
  ];
}

const contactsOf = (value: Json): ContactPayload[] =>
  listOf(value.contacts).flatMap((contact) => {
    const parsed = contactPayload.safeParse(contact);
    return parsed.success ? [parsed.data] : [];
  });

function readSafely(
  raw: unknown,
  account: string,
  read: () => ChannelUpdate | ChannelUpdate[],
): ChannelUpdate | ChannelUpdate[] {
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
