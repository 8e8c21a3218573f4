/**
 * Judges a cycle of a conversation by its SLA policy. Pure: deadlines are computed with working hours elsewhere
 * (areas/sla/plan.ts).
 */

export const SLA_STATUSES = ["not_applicable", "active", "warning", "met", "breached"] as const;
export type SlaStatus = (typeof SLA_STATUSES)[number];
export type BreachType = "first_response" | "resolution";

/** The facts of a cycle that are measured. Times are milliseconds since 1970. */
export interface CycleFacts {
  openedAt: number;
  /** The customer's first message of the cycle, by the channel's clock. */
  firstInboundAt: number | null;
  /** The first answer of a person; automatic messages do not count. */
  firstResponseAt: number | null;
  resolvedAt: number | null;
}

export interface SlaTarget {
  thresholdSecs: number;
  /** Milliseconds since 1970, as `dueAt`. null: never, since there is no working time. */
  warnAt: number | null;
  dueAt: number | null;
}

/** The targets that a policy sets for a cycle. A target is null while its clock has not started. */
export interface SlaPlan {
  policyId: string;
  policyName: string;
  firstResponse: SlaTarget | null;
  resolution: SlaTarget | null;
}

export interface Sla {
  /** The version of the settings from which the plan was computed. A plan from older settings is dropped. */
  version: number;
  plan: SlaPlan | null;
  firstResponse: SlaStatus;
  resolution: SlaStatus;
}

export const NO_SLA: Sla = { version: 0, plan: null, firstResponse: "not_applicable", resolution: "not_applicable" };

/**
 * The status of a clock. A breach is final; the other statuses follow from the present target. Stopping exactly at the
 * due time is in time.
 */
export function standing(
  target: SlaTarget | null,
  before: SlaStatus,
  stoppedAt: number | null,
  now: number,
): SlaStatus {
  if (before === "breached") return "breached";
  if (!target) return "not_applicable";
  const { warnAt, dueAt } = target;
  if (dueAt !== null && (stoppedAt ?? now) > dueAt) return "breached";
  if (stoppedAt !== null) return "met";
  return warnAt !== null && now >= warnAt ? "warning" : "active";
}

/**
 * The time at which a clock stopped. The clock for the first response also stops when the cycle ends without an answer.
 */
export const stopOf = (facts: CycleFacts, type: BreachType): number | null =>
  type === "resolution" ? facts.resolvedAt : (facts.firstResponseAt ?? facts.resolvedAt);

export function judged(
  plan: SlaPlan | null,
  before: Pick<Sla, BreachKey>,
  facts: CycleFacts,
  now: number,
): Omit<Sla, "version"> {
  return {
    plan,
    firstResponse: standing(plan?.firstResponse ?? null, before.firstResponse, stopOf(facts, "first_response"), now),
    resolution: standing(plan?.resolution ?? null, before.resolution, stopOf(facts, "resolution"), now),
  };
}

export type BreachKey = "firstResponse" | "resolution";
export const BREACH_TYPES: Record<BreachKey, BreachType> = {
  firstResponse: "first_response",
  resolution: "resolution",
};

/** The worse of both clocks' statuses, for lists. */
export function slaStatusOf({ firstResponse, resolution }: Pick<Sla, BreachKey>): SlaStatus {
  const both = [firstResponse, resolution];
  return (
    (["breached", "warning", "active", "met"] as const).find((status) => both.includes(status)) ?? "not_applicable"
  );
}
