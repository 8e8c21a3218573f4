import type { ChannelFailure } from "../../../channels/channel";
import { climb, OUTCOME_UNKNOWN } from "../../message/state";
import { command } from "../command";
import { statusEvent } from "../updates";

/** Why a message failed that was taken back before it left. */
export const RECALLED: ChannelFailure = {
  code: "recalled",
  title: "The campaign was paused or cancelled before the message left",
};

/**
 * Takes back a message of a campaign that has not left. If its outcome is unknown, it is not sent again; if it is leaving
 * now, it is not tried again. Answers whether it certainly has not left and will not.
 */
export const recall = command({
  kind: "recall",
  apply(step, { messageId }: { messageId: string }, { find, phaseOf }) {
    const message = find({ id: messageId });
    const phase = phaseOf?.(messageId);
    if (!message?.campaign || phase === undefined) return { answer: { isRecalled: false } };
    const recalled = { ...message, campaign: { ...message.campaign, isRecalled: true as const } };
    const failure = phase === "unknown" ? { ...RECALLED, code: OUTCOME_UNKNOWN } : RECALLED;
    const after = phase === "sending" ? recalled : (climb(recalled, "failed", step.now, failure) ?? recalled);
    step.messages.set(messageId, after);
    if (after.status === "failed") statusEvent(step, after, find);
    return { answer: { isRecalled: phase === "queued" } };
  },
});
