import type { ChannelUpdate, NamedAccounts, Signer } from "../channel";
import { defined, isRecord, textOf } from "../json";
import { byEither, type Json, type MessagingEvent, NATIVE_INBOXES, timeOf } from "./messaging-event";
import { messageContent } from "./messaging-message";
import { eventOfPerson } from "./messaging-person-events";

/**
 * Meta: Messenger and Instagram webhooks. A delivery has entries, each of one page or Instagram account, with events in
 * one of three envelopes: `messaging[]`, or `standby[]` while another program controls the thread; `changes[]` with
 * `field` and `value` (the dashboard's test, Instagram through a page's login); and `field` and `value` of the entry
 * itself. Each event is read independently, so that an unreadable one does not affect the others.
 */

/** The dashboard's test names no account in its entry. */
const NO_ID = "0";

export function parseMessaging(object: string, delivery: unknown): ChannelUpdate[] {
  if (!isRecord(delivery) || !Array.isArray(delivery.entry)) return [unknown("no_entries", delivery)];
  if (typeof delivery.object === "string" && delivery.object !== object) return [unknown("other_object", delivery)];
  return delivery.entry.flatMap((entry: unknown) =>
    isRecord(entry) ? entryUpdates(entry) : [unknown("no_events", entry)],
  );
}

/** The account of the first entry. */
export function signerOfMessaging(delivery: unknown): Signer | undefined {
  const [entry] = entriesOf(delivery);
  const account = entry && accountOf(entry, eventsOf(entry)[0]?.value);
  return account ? { account } : undefined;
}

/** An entry without an account is about "", which no account is. */
export function accountsOfMessaging(delivery: unknown): NamedAccounts {
  const accounts = entriesOf(delivery).flatMap((entry) => {
    const events = eventsOf(entry);
    return events.length === 0 ? [accountOf(entry, undefined)] : events.map(({ value }) => accountOf(entry, value));
  });
  return { accounts: [...new Set(accounts)], owners: [] };
}

const entriesOf = (delivery: unknown): Json[] =>
  isRecord(delivery) && Array.isArray(delivery.entry) ? delivery.entry.filter(isRecord) : [];

interface Enveloped {
  value: unknown;
  isStandby: boolean;
  /** The name of the subscription, in the envelopes that have it. */
  field: string | undefined;
}

function eventsOf(entry: Json): Enveloped[] {
  const listed = (list: unknown, isStandby: boolean): Enveloped[] =>
    Array.isArray(list) ? list.map((value: unknown) => ({ value, isStandby, field: undefined })) : [];
  const changes: unknown[] = Array.isArray(entry.changes) ? entry.changes : [];
  return [
    ...listed(entry.messaging, false),
    ...listed(entry.standby, true),
    ...[...changes, ...(entry.value === undefined ? [] : [entry])].map((change): Enveloped => {
      const { field, value } = isRecord(change) ? change : {};
      return { value, isStandby: field === "standby", field: textOf(field) ?? "" };
    }),
  ];
}

/** The account's side of an event, where the entry does not say it. */
function accountOf(entry: Json, event: unknown): string {
  const id = textOf(entry.id);
  if (id !== undefined && id !== NO_ID) return id;
  if (!isRecord(event)) return "";
  return idOf(isEcho(event) ? event.sender : event.recipient) ?? "";
}

const isEcho = (event: Json): boolean => isRecord(event.message) && event.message.is_echo === true;
const idOf = (side: unknown): string | undefined => (isRecord(side) ? textOf(side.id) : undefined);

function entryUpdates(entry: Json): ChannelUpdate[] {
  const events = eventsOf(entry);
  if (events.length === 0) return [unknown("no_events", entry, textOf(entry.id))];
  return events.flatMap((enveloped) => {
    const account = accountOf(entry, enveloped.value);
    try {
      return eventUpdates(account, enveloped, entry);
    } catch {
      return [unknown("unreadable", enveloped.value, account)];
    }
  });
}

function eventUpdates(account: string, { value, isStandby, field }: Enveloped, entry: Json): ChannelUpdate[] {
  if (!isRecord(value)) return [unknown("no_value", value, account)];
  const event: MessagingEvent = {
    account,
    ...sidesOf(account, value),
    isStandby,
    at: timeOf(value.timestamp) ?? timeOf(entry.time) ?? 0,
    raw: value,
  };
  const known = isRecord(value.message) ? messageUpdates(event, value.message) : eventOfPerson(event);
  // Comments, mentions and the feed are subscriptions of their own.
  return known ?? [unknown(field !== undefined && field !== "" ? field : "event_unknown", value, account)];
}

function sidesOf(account: string, event: Json): Pick<MessagingEvent, "person" | "isOurs"> {
  const [sender, recipient] = [idOf(event.sender), idOf(event.recipient)];
  const isOurs = isEcho(event) || (sender === account && recipient !== undefined && recipient !== account);
  const address = isOurs ? recipient : sender;
  return { isOurs, person: address === undefined ? undefined : { address } };
}

function messageUpdates(event: MessagingEvent, message: Json): ChannelUpdate[] | undefined {
  const { account, person, at, raw, isOurs, isStandby } = event;
  const id = textOf(message.mid);
  if (id === undefined || person === undefined) return undefined;
  if (message.is_deleted === true)
    return [{ kind: "revoke", account, ...byEither(event, person), externalId: `revoke:${id}`, at, target: id }];
  const inbound = {
    externalId: id,
    at,
    ...messageContent(message, raw),
    ...(isStandby && { isStandby: true as const }),
  };
  if (!isOurs) return [{ kind: "message", account, from: person, message: inbound }];
  const messageId = textOf(message.metadata);
  const app = textOf(message.app_id);
  const isAutomated = app !== undefined && !NATIVE_INBOXES.has(app);
  const echoed = { ...inbound, ...(isAutomated && { isAutomated }) };
  return [{ kind: "echo", account, to: person, message: echoed, ...(messageId !== undefined && { messageId }) }];
}

function unknown(reason: string, raw: unknown, account = ""): ChannelUpdate {
  return { kind: "unknown", ...defined({ account: account || undefined }), reason, raw };
}
