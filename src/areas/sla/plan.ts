import { type BreachType, type CycleFacts, type SlaPlan, type SlaTarget, stopOf } from "../../domain/sla";
import type { Calendar } from "../../kit/calendar";

/** Selects the policy of a cycle and computes its deadlines. Pure. */

/** The fields of a policy that matter here. */
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

/**
 * How specifically a policy matches: channel and division 4, division 3, channel 2, the default 1, one without
 * conditions 0; undefined: no match.
 */
function fit(policy: Policy, channel: string, divisionId: string): number | undefined {
  const fits =
    (policy.channel === null || policy.channel === channel) &&
    (policy.division_id === null || policy.division_id === divisionId);
  const own =
    (policy.division_id === null ? 0 : 3) + (policy.channel === null ? 0 : policy.division_id === null ? 2 : 1);
  if (fits && own > 0) return own;
  return policy.is_default ? 1 : fits ? 0 : undefined;
}

/** The most specific policy, then the highest priority, then the oldest. `policies` must be active. */
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

/** When a clock started, in milliseconds; null: not yet. */
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

/** Working seconds from a clock's start until it stopped, or until now. */
export function elapsedSecs(facts: CycleFacts, type: BreachType, calendar: Calendar, now: number): number {
  const start = startOf(facts, type);
  return start === null ? 0 : calendar.workingSecondsBetween(start, stopOf(facts, type) ?? now);
}

/** The next time after now at which a running clock of the plan warns or breaches, in milliseconds; null: none. */
export function nextDue(plan: SlaPlan | null, facts: CycleFacts, now: number): number | null {
  const due = (target: SlaTarget | null | undefined, type: BreachType): number[] =>
    // Stopping exactly at the due time is in time, so a breach is due a millisecond later.
    !target || stopOf(facts, type) !== null
      ? []
      : ([target.warnAt, target.dueAt === null ? null : target.dueAt + 1].filter(
          (at) => at !== null && at > now,
        ) as number[]);
  const all = [...due(plan?.firstResponse, "first_response"), ...due(plan?.resolution, "resolution")];
  return all.length === 0 ? null : Math.min(...all);
}
