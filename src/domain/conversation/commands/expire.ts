import { HOUR } from "../../../kit/clock";
import { followWindow, setStatus } from "../changes";
import { command } from "../command";

/**
 * Updates the state of the customer service window, and resolves the conversation if the rule says so. For the minute's
 * sweep.
 */
export const expire = command({
  kind: "expire",
  apply(step, _input: unknown, { window }) {
    const { state, now } = step;
    if (state.status === "resolved") return;
    followWindow(step, window);
    if (state.windowStatus !== "expired" || !window.autoResolve) return;
    if (state.isUnanswered && !window.resolvesUnanswered) return;
    // A message that the channel delivers late may find its window closed: agents then have the length of a window to
    // see it, as after any other activity.
    if (state.updatedAt + window.windowHours * HOUR <= now) setStatus(step, "resolved");
  },
});
