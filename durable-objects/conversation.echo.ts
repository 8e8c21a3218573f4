import type { ChannelUpdate, InboundMessage } from "../src/channels/channel";
import { textOf } from "../src/channels/json";
import type { StoredMessage } from "../src/domain/message/state";
import type { ConversationHost } from "./conversation.host";

/**
 * On channels that return no reference of ours: the echo of the message that is being sent is its receipt. It is
 * recognised by its text, or by the kind of its file, since a conversation sends one message at a time.
 */
export function ownEchoAsStatus(
  { store }: ConversationHost,
  echo: Extract<ChannelUpdate, { kind: "echo" }>,
): ChannelUpdate {
  const head = store.headOutgoing();
  const { account, to, message } = echo;
  if (!head || head.phase === "queued" || store.messageByExternalId(message.externalId)) return echo;
  const sending = store.message(head.message_id);
  if (!sending || !isSame(sending, message)) return echo;
  const { externalId, at } = message;
  return { kind: "status", account, to, externalId, messageId: sending.id, status: "sent", at };
}

function isSame(ours: StoredMessage, echoed: InboundMessage): boolean {
  const [text, echo] = [textOf(ours.content.text), textOf(echoed.content.text)];
  if (ours.type === "text") return text !== undefined && text.trim() === echo?.trim();
  return ours.type === echoed.type;
}
