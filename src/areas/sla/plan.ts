import { type BreachType, type CycleFacts, type SlaPlan, type SlaTarget, stopOf } from "../../domain/sla";
import type { Calendar } from "../working-hours/calendar";

/** Which policy a cycle goes by, and when what it asks is due. Pure. */

/** Of a policy, what decides. */
export interface Policy {
  id: string;
  name: string;
  first_response_time_secs: number;
  resolution_time_secs: number;
  warning_threshold_pct: number;
  priority: number;
  channel: string | null;
  division_id: string | null;
  is_default: number;
  created_at: number;
}

/** How well a policy fits: channel and division 4, division 3, channel 2, the default 1, one for everything 0; undefined: not at all. */
function fit(policy: Policy, channel: string, divisionId: string): number | undefined {
  const fits =
    (policy.channel === null || policy.channel === channel) &&
    (policy.division_id === null || policy.division_id === divisionId);
  const own =
    (policy.division_id === null ? 0 : 3) + (policy.channel === null ? 0 : policy.division_id === null ? 2 : 1);
  if (fits && own > 0) return own;
  return policy.is_default ? 1 : fits ? 0 : undefined;
}

/** `policies` are active ones. */
export function policyFor<P extends Policy>(
  policies: readonly P[],
  channel: string,
  divisionId: string,
): P | undefined {
  return policies
    .flatMap((policy) => {
      const level = fit(policy, channel, divisionId);
      return level === undefined ? [] : [{ policy, level }];
    })
    .sort(
      (a, b) =>
        b.level - a.level ||
        b.policy.priority - a.policy.priority ||
        a.policy.created_at - b.policy.created_at ||
        a.policy.id.localeCompare(b.policy.id),
    )[0]?.policy;
}

/** When the clock of a type began; null: not yet. */
export const startOf = (facts: CycleFacts, type: BreachType): number | null =>
  type === "resolution" ? facts.openedAt : facts.firstInboundAt;

export function planOf(policy: Policy | undefined, facts: CycleFacts, calendar: Calendar): SlaPlan | null {
  if (!policy) return null;
  const target = (type: BreachType, thresholdSecs: number): SlaTarget | null => {
    const start = startOf(facts, type);
    if (start === null) return null;
    return {
      thresholdSecs,
      warnAt: calendar.addWorkingMs(start, thresholdSecs * 10 * policy.warning_threshold_pct),
      dueAt: calendar.addWorkingMs(start, thresholdSecs * 1000),
    };
  };
  return {
    policyId: policy.id,
    policyName: policy.name,
    firstResponse: target("first_response", policy.first_response_time_secs),
    resolution: target("resolution", policy.resolution_time_secs),
  };
}

/** Working seconds that a clock has run, until it stopped or until now. */
export function elapsedSecs(facts: CycleFacts, type: BreachType, calendar: Calendar, now: number): number {
  const start = startOf(facts, type);
  return start === null ? 0 : calendar.workingSecondsBetween(start, stopOf(facts, type) ?? now);
}

/** The next moment after now at which a clock of the plan warns, or has run out; null: none, or it has stopped. */
export function nextDue(plan: SlaPlan | null, facts: CycleFacts, now: number): number | null {
  const due = (target: SlaTarget | null | undefined, type: BreachType): number[] =>
    // What is done at the moment when it is due is done in time: it has run out a millisecond later.
    !target || stopOf(facts, type) !== null
      ? []
      : ([target.warnAt, target.dueAt === null ? null : target.dueAt + 1].filter(
          (at) => at !== null && at > now,
        ) as number[]);
  const all = [...due(plan?.firstResponse, "first_response"), ...due(plan?.resolution, "resolution")];
  return all.length === 0 ? null : Math.min(...all);
}
