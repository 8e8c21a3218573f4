import type { ChannelUpdate, DeliveryStatus } from "../channel";
import { isRecord } from "../json";
import { inboundMessage, messageEvent, type Side } from "./message";
import { isNumber, type OwnNumber, partyOf, type StatedIdentity } from "./party";
import { type ContactPayload, historyThreadPayload, messagePayload, type MessagePayload } from "./payload";

/**
 * Meta: WhatsApp Business app users ("coexistence"). Messages that the business writes in its own app, and those in
 * both directions from before it was connected.
 */

/** An element of `message_echoes[]`. `isHistory`: of a delivery of history. */
export function echoUpdate(
  account: string,
  raw: unknown,
  contacts: readonly ContactPayload[],
  own: OwnNumber,
  isHistory = false,
): ChannelUpdate {
  const parsed = messagePayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "echo_without_id_or_time", raw };
  const message = parsed.data;
  if (message.group_id !== undefined) return { kind: "unknown", account, reason: "group_message", raw };
  // Some deliveries have the two sides the other way round.
  const isReversed = isNumber(message.to, own) && !isNumber(message.from, own);
  const to = partyOf(isReversed ? senderOf(message) : receiverOf(message), contacts);
  if (to === undefined) return { kind: "unknown", account, reason: "echo_without_person", raw };
  if (isHistory) return historyUpdate(account, { to }, message, raw);
  const base = { account, to, externalId: message.id, at: message.timestamp };
  return messageEvent(base, message) ?? { kind: "echo", account, to, message: inboundMessage(message, raw) };
}

/** An element of `messages[]` in a delivery of history: a person's message whose file was left out before. */
export function lateHistoryUpdate(
  account: string,
  raw: unknown,
  contacts: readonly ContactPayload[],
  own: OwnNumber,
): ChannelUpdate {
  const parsed = messagePayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "history_without_id_or_time", raw };
  const message = parsed.data;
  if (isNumber(message.from, own)) return echoUpdate(account, raw, contacts, own, true);
  const from = partyOf(senderOf(message), contacts);
  if (from === undefined) return { kind: "unknown", account, reason: "history_without_person", raw };
  return historyUpdate(account, { from }, message, raw);
}

/** An element of `threads[]` of a chunk of history. */
export function threadUpdates(account: string, raw: unknown, own: OwnNumber): ChannelUpdate[] {
  const thread = historyThreadPayload.safeParse(raw);
  const messages = isRecord(raw) && Array.isArray(raw.messages) ? (raw.messages as unknown[]) : [];
  const { id, context } = thread.success ? thread.data : {};
  const person = partyOf(
    { address: context?.wa_id ?? id, userId: context?.user_id, parentUserId: context?.parent_user_id },
    [],
  );
  const named = person && { ...person, ...(context?.username !== undefined && { username: context.username }) };
  return messages.map((each): ChannelUpdate => {
    const parsed = messagePayload.safeParse(each);
    if (!parsed.success) return { kind: "unknown", account, reason: "history_without_id_or_time", raw: each };
    const message = parsed.data;
    if (message.group_id !== undefined) return { kind: "unknown", account, reason: "group_message", raw: each };
    // Without the business's number in the delivery, it is who is not the thread's person.
    const isOurs =
      own === undefined
        ? message.from !== undefined && person?.address !== undefined && !isNumber(message.from, person.address)
        : isNumber(message.from, own);
    const party = named ?? partyOf(isOurs ? receiverOf(message) : senderOf(message), []);
    if (party === undefined) return { kind: "unknown", account, reason: "history_without_person", raw: each };
    return historyUpdate(account, isOurs ? { to: party } : { from: party }, message, each);
  });
}

function historyUpdate(account: string, side: Side, message: MessagePayload, raw: unknown): ChannelUpdate {
  const event = messageEvent({ account, ...side, externalId: message.id, at: message.timestamp }, message);
  if (event !== undefined) return event;
  const word = message.history_context?.status ?? "";
  const status = "to" in side && Object.hasOwn(STATUS_BY_WORD, word) ? STATUS_BY_WORD[word] : undefined;
  return {
    kind: "history",
    account,
    ...side,
    message: inboundMessage(message, raw),
    ...(status !== undefined && { status }),
  };
}

const STATUS_BY_WORD: Record<string, DeliveryStatus> = {
  PENDING: "sent",
  SENT: "sent",
  DELIVERED: "delivered",
  READ: "read",
  PLAYED: "read",
  ERROR: "failed",
};

const senderOf = (message: MessagePayload): StatedIdentity => ({
  address: message.from,
  userId: message.from_user_id,
  parentUserId: message.from_parent_user_id,
});

const receiverOf = (message: MessagePayload): StatedIdentity => ({
  address: message.to,
  userId: message.to_user_id,
  parentUserId: message.to_parent_user_id,
});
