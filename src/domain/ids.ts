import { uuidV5 } from "../kit/id";

/** Derived ids of the product's entities, and ids of messages. */

/**
 * A message's id, an ObjectId: 4 bytes of seconds, 5 bytes of its conversation, 3 bytes of its number in that
 * conversation. It sorts by the sender's clock and, within one second, by arrival.
 */
export function messageId(atMs: number, conversationId: string, number: number): string {
  const seconds = Math.min(Math.max(Math.floor(atMs / 1000), 0), 0xffffffff);
  const conversation = conversationId.replaceAll("-", "").slice(0, 10);
  return seconds.toString(16).padStart(8, "0") + conversation + (number & 0xffffff).toString(16).padStart(6, "0");
}

/** The second in which the message was sent, in milliseconds since 1970. */
export const messageSecondOf = (id: string): number => Number.parseInt(id.slice(0, 8), 16) * 1000;

/** Sorts after every message of this second and before those of the next. */
export const firstMessageIdAfter = (atMs: number): string => messageId(atMs + 1000, "00000000-00", 0);

/** The message's number in its conversation, 24 bits. */
export const messageNumberOf = (id: string): number => Number.parseInt(id.slice(18), 16);

/** The conversation of a thread on an account. Derived, so that a webhook finds it without a query. */
export const conversationIdOf = (orgId: string, accountId: string, threadKey: string): string =>
  uuidV5(orgId, `conversation:${accountId}:${threadKey}`);

export const contactIdOf = (orgId: string, channel: string, threadKey: string): string =>
  uuidV5(orgId, `contact:${channel}:${threadKey}`);
