import type { Step } from "./state";

/** Records whether we control the thread on the channel, or another program: its latest report counts. Pure. */

/** A report of its own. It is recorded even if nothing changes, since an older one may come later. */
export function reportControl(step: Step, isOurs: boolean, at: number): void {
  const { state } = step;
  if (at > state.controlAt && state.hasControl === isOurs)
    step.event("conversation.updated", { data: { reason: "thread_control" } });
  followControl(step, isOurs, at);
}

/** Learns it from the way in which a message was delivered. */
export function followControl(step: Step, isOurs: boolean, at: number): void {
  const { state } = step;
  if (at <= state.controlAt) return;
  if (state.hasControl !== isOurs) {
    state.hasControl = isOurs;
    step.event("conversation.updated", { data: { reason: "thread_control" } });
  }
  state.controlAt = at;
}
