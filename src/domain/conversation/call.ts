import type { CallPhase, ChannelUpdate, Content } from "../../channels/channel";
import { awaitedMedia, type StoredMessage } from "../message/state";
import type { WindowRule } from "../window";
import { addMessage } from "./add-message";
import { beginWithoutWindow, followWindow } from "./changes";
import { type Find, showChanged, type Step } from "./state";

/** A later phase replaces an earlier one, in whatever order they arrive. */
const RANK: Record<CallPhase, number> = { ringing: 0, accepted: 1, missed: 2, unanswered: 2, rejected: 3, ended: 4 };

/**
 * Shows a call in the thread, as one message of type `system`. The person's call opens the window like a message.
 * Returns the message if the call has just been missed: it then waits for an answer as a question does. Pure.
 */
export function applyCall(
  step: Step,
  update: Extract<ChannelUpdate, { kind: "call" }>,
  find: Find,
  window: WindowRule,
): StoredMessage | undefined {
  const { state } = step;
  const { externalId, at, seconds, recording } = update;
  const known = find({ externalId });
  const was = known?.content.phase as CallPhase | undefined;
  const phase = update.phase ?? was ?? "ended";
  const isLater = was === undefined || RANK[phase] > RANK[was];
  const isRecorded = recording !== undefined && !known?.media;
  if (!isLater && !isRecorded) return undefined;
  beginWithoutWindow(step, window);
  const isTheirs = "from" in update;
  const stored: StoredMessage = {
    ...(known ??
      addMessage(step, isTheirs ? "inbound" : "outbound", { externalId, at, type: "system", content: {} }, find)),
    status: "read",
  };
  if (isLater) stored.content = { ...stored.content, ...contentOf(phase, seconds, isTheirs) };
  if (isRecorded) stored.media = awaitedMedia(recording);
  step.messages.set(stored.id, stored);
  showChanged(state, stored);
  if (isTheirs && !known && stored.createdAt >= (state.lastInboundAt ?? 0)) {
    state.lastInboundAt = stored.createdAt;
    state.windowStatus = "open";
    if (state.status !== "resolved") followWindow(step, window);
  }
  if (isLater && phase === "missed") return stored;
  if (known) step.event("message.updated", { messageId: stored.id, data: { reason: "call" } });
  else step.event("message.received", { messageId: stored.id, counts: false });
  return undefined;
}

function contentOf(phase: CallPhase, seconds: number | undefined, isTheirs: boolean): Content {
  const length = seconds === undefined ? "" : `, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const texts: Record<CallPhase, string> = {
    ringing: isTheirs ? "Incoming call" : "Outgoing call",
    accepted: "Call in progress",
    missed: "Missed call",
    unanswered: "Call without an answer",
    rejected: "Call declined",
    ended: `Call${length}`,
  };
  return { event: "call", phase, ...(seconds !== undefined && { duration_seconds: seconds }), text: texts[phase] };
}
