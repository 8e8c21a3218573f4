/** How a cycle of a conversation stands against its SLA policy. Pure: deadlines are computed elsewhere, with working hours; here they are met or not. */

export const SLA_STATUSES = ["not_applicable", "active", "warning", "met", "breached"] as const;
export type SlaStatus = (typeof SLA_STATUSES)[number];
export type BreachType = "first_response" | "resolution";

/** What is measured of a cycle. Times are milliseconds since 1970. */
export interface CycleFacts {
  openedAt: number;
  /** The customer's first message of the cycle, by the channel's clock. */
  firstInboundAt: number | null;
  /** When a person first answered it; what a machine says does not count. */
  firstResponseAt: number | null;
  resolvedAt: number | null;
}

export interface SlaTarget {
  thresholdSecs: number;
  /** null: never, since there is no working time. */
  warnAt: number | null;
  dueAt: number | null;
}

/** What a policy asks of a cycle. A target is null while its clock has not begun. */
export interface SlaPlan {
  policyId: string;
  policyName: string;
  firstResponse: SlaTarget | null;
  resolution: SlaTarget | null;
}

export interface Sla {
  /** Of the settings that the plan follows from: what was computed by older ones comes too late. */
  version: number;
  plan: SlaPlan | null;
  firstResponse: SlaStatus;
  resolution: SlaStatus;
}

export const NO_SLA: Sla = { version: 0, plan: null, firstResponse: "not_applicable", resolution: "not_applicable" };

/**
 * How a clock stands. A breach stays one; everything else follows from the target as it is now. What was done at the moment when
 * it was due was done in time.
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

/** A clock for the first response ends with the cycle, whether somebody answered or not. */
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

/** The worse of both clocks, as lists show it. */
export function slaStatusOf({ firstResponse, resolution }: Pick<Sla, BreachKey>): SlaStatus {
  const both = [firstResponse, resolution];
  return (
    (["breached", "warning", "active", "met"] as const).find((status) => both.includes(status)) ?? "not_applicable"
  );
}
