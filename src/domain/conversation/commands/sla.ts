import { defineProblem } from "../../../kit/problem";
import type { Sla, SlaPlan } from "../../sla";
import { lookAtSla } from "../changes";
import { command } from "../command";
import { cycleOf, type MeasuredCycle } from "../state";

export const conversationChanged = defineProblem({
  code: "conversation_changed",
  status: 409,
  title: "The conversation was changed by another request",
});

interface Plan {
  /** The facts from which the plan was computed. */
  facts: MeasuredCycle;
  plan: SlaPlan | null;
  /** The version of the settings from which the plan was computed. */
  version: number;
}

/** Sets the SLA plan of a cycle and judges its clocks: stamps warnings and breaches that are due. */
export const sla = command({
  kind: "sla",
  refusals: { sla_facts_changed: conversationChanged },
  apply(step, { facts, plan, version }: Plan) {
    const { state, before } = step;
    // The clocks of an earlier cycle are settled in D1.
    if (facts.cycle < before.cycle || version < before.sla.version) return undefined;
    if (!sameStart(facts, cycleOf(before))) return { problem: "sla_facts_changed" };
    if (!lookAtSla(step, plan, version) && looksDifferent(state.sla, before.sla))
      step.event("conversation.updated", { data: { reason: "sla" } });
    return undefined;
  },
});

/** Whether both give the same deadlines. */
const sameStart = (a: MeasuredCycle, b: MeasuredCycle): boolean =>
  a.cycle === b.cycle &&
  a.divisionId === b.divisionId &&
  a.openedAt === b.openedAt &&
  a.firstInboundAt === b.firstInboundAt;

const looksDifferent = (a: Sla, b: Sla): boolean =>
  a.firstResponse !== b.firstResponse ||
  a.resolution !== b.resolution ||
  JSON.stringify(a.plan) !== JSON.stringify(b.plan);
