import type { ChannelUpdate } from "../../channels/channel";
import { awaitedMedia, climb, type StoredMessage } from "../message/state";
import { type WindowRule, windowStatusAt } from "../window";
import { addMessage } from "./add-message";
import { type Find, showChanged, showLast, type Step } from "./state";

/**
 * Adds a message from before the account was connected. It takes its place in the thread and changes nothing else: it
 * is not unread, waits for no answer and opens no window. A conversation that begins with it is resolved and has no
 * cycle yet. Pure.
 */
export function applyHistory(
  step: Step,
  update: Extract<ChannelUpdate, { kind: "history" }>,
  find: Find,
  window: WindowRule,
): void {
  const { state } = step;
  const known = find({ externalId: update.message.externalId });
  const stored = known ? completed(known, update) : added(step, update, find, window);
  if (stored === known) return;
  step.messages.set(stored.id, stored);
  if (known) showChanged(state, stored);
  else showLast(state, stored);
  // Lists sort by the latest activity.
  if (state.cycle === 0) state.updatedAt = state.lastMessageAt ?? state.updatedAt;
  step.event("message.updated", { messageId: stored.id, data: { reason: "history" } });
}

type History = Parameters<typeof applyHistory>[1];

function added(step: Step, update: History, find: Find, window: WindowRule): StoredMessage {
  const { state, now } = step;
  if (state.seq === 0) {
    Object.assign(state, { status: "resolved", cycle: 0, windowStatus: windowStatusAt(null, window, now) });
  }
  const isTheirs = "from" in update;
  const stored = addMessage(step, isTheirs ? "inbound" : "outbound", update.message, find);
  const at = stored.createdAt;
  if (isTheirs) return { ...stored, status: "read", times: { received: at } };
  const status = update.status ?? "sent";
  return {
    ...stored,
    status,
    times: { [status]: at },
    isFromApp: true,
    failure: status === "failed" ? NOT_SENT : null,
  };
}

const NOT_SENT = { code: "not_sent_from_app", title: "The channel's app could not send the message" };

/** The message with what the update says more: a content that can be read, a higher status. */
function completed(known: StoredMessage, { message, status }: History): StoredMessage {
  const [file] = message.files ?? [];
  const readable =
    known.type === "unsupported" && message.type !== "unsupported"
      ? {
          ...known,
          type: message.type,
          content: message.content,
          media: file ? awaitedMedia(file) : null,
          raw: message.raw ?? null,
        }
      : known;
  if (status === undefined || known.direction === "inbound") return readable;
  return climb(readable, status, message.at, status === "failed" ? NOT_SENT : null) ?? readable;
}
