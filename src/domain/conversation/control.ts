import type { Step } from "./state";

/** Follows who controls the thread on the channel, we or another program, by its latest report. Pure. */

/** A report of its own. It is recorded even if nothing changes, since an older one may come later. */
export function reportControl(step: Step, isOurs: boolean, at: number): void {
  const { state } = step;
  if (at > state.controlAt && state.hasControl === isOurs)
    step.event("conversation.updated", { data: { reason: "thread_control" } });
  followControl(step, isOurs, at);
}

/** Records who had control when a message came. */
export function followControl(step: Step, isOurs: boolean, at: number): void {
  const { state } = step;
  if (at <= state.controlAt) return;
  if (state.hasControl !== isOurs) {
    state.hasControl = isOurs;
    step.event("conversation.updated", { data: { reason: "thread_control" } });
  }
  state.controlAt = at;
}
