import type { ChannelUpdate } from "../../channels/channel";
import type { WindowRule } from "../window";
import { addMessage } from "./add-message";
import { beginWithoutWindow, lookAtSla, setStatus } from "./changes";
import { firstAnswerSeconds } from "./outbound";
import { type Find, showLast, type Step } from "./state";

/**
 * Adds a message that the business sent in the channel's own app, such as the shop's phone. It is a person's answer
 * whom we do not know: it opens no window and changes no assignment. Pure.
 */
export function applyEcho(
  step: Step,
  { message }: Extract<ChannelUpdate, { kind: "echo" }>,
  find: Find,
  window: WindowRule,
): void {
  const { state } = step;
  beginWithoutWindow(step, window);
  const at = Math.min(message.at, step.now);
  const isAnswer = !message.isAutomated;
  // One that was written before the conversation was resolved and comes late does not reopen it.
  if (isAnswer && (state.status !== "resolved" || at >= (state.resolvedAt ?? 0))) setStatus(step, "open");
  const stored = addMessage(step, "outbound", message, find);
  Object.assign(stored, { status: "sent", times: { sent: at }, isFromApp: true });
  showLast(state, stored);
  const seconds = isAnswer ? firstAnswerSeconds(state, at) : undefined;
  if (isAnswer) {
    state.lastEchoAt = Math.max(state.lastEchoAt ?? 0, at);
    if (at >= (state.lastInboundAt ?? 0)) {
      state.isUnanswered = false;
      state.unreadCount = 0;
      state.readUpTo = state.messageNumber;
    }
  }
  if (seconds !== undefined) state.firstAnsweredAt = at;
  step.event("message.echoed", { messageId: stored.id, ...(seconds !== undefined && { seconds }) });
  if (seconds !== undefined) lookAtSla(step, state.sla.plan);
  step.touch();
}
