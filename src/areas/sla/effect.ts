import type { MeasuredCycle } from "../../domain/conversation/state";
import { breachId } from "../../domain/breach-id";
import { effect } from "../../domain/effect";
import type { BreachType } from "../../domain/sla";
import { type EntityEvent, happened } from "../../domain/event";
import { fieldOf, insertRows, ROWS } from "../../kit/rows";
import { POLICY_COLUMNS, type PolicyRow } from "./model";
import { type ClockFacts, settleClocks } from "./settle";
import { policyDeleted } from "./store";

// Older facts change nothing; newer facts have the deadlines recomputed. In an organization that never had a policy,
// a clock stands still until the first policy, in no index, and that of a resolved cycle is closed at once.
const UPSERT_CLOCKS = insertRows(
  "sla_clocks",
  [
    "conversation_id",
    "cycle",
    "seq",
    "channel",
    "division_id",
    "opened_at",
    "first_inbound_at",
    "first_response_at",
    "resolved_at",
    [
      "is_open",
      `iif((SELECT o.sla_version > 0 FROM orgs o WHERE o.org_id = ?1), 1, iif(${fieldOf("resolved_at")} IS NULL, 2, 0))`,
    ],
  ],
  {
    end: `ON CONFLICT (org_id, conversation_id, cycle) DO UPDATE SET
  seq = excluded.seq, division_id = excluded.division_id, opened_at = excluded.opened_at, first_inbound_at = excluded.first_inbound_at,
  first_response_at = excluded.first_response_at, resolved_at = excluded.resolved_at, is_open = excluded.is_open, settings_version = 0
WHERE excluded.seq > sla_clocks.seq`,
  },
);

/** Clocks of new and changed cycles. Deadlines are computed after the rows are written. */
export const clocks = effect<ClockFacts>({
  name: "sla_clocks",
  fromConversation: ({ state, events }) => {
    const last = new Map<number, { seq: number; facts: MeasuredCycle }>();
    for (const { seq, cycle: facts } of events) if (facts) last.set(facts.cycle, { seq, facts });
    return [...last.values()].map(({ seq, facts }) => ({
      conversation_id: state.id,
      cycle: facts.cycle,
      seq,
      channel: state.channel,
      division_id: facts.divisionId ?? "",
      opened_at: facts.openedAt,
      first_inbound_at: facts.firstInboundAt,
      first_response_at: facts.firstResponseAt,
      resolved_at: facts.resolvedAt,
    }));
  },
  statements: (db, rows) => [db.sql(UPSERT_CLOCKS, JSON.stringify(rows))],
  after: async (ctx, rows) => void (await settleClocks(ctx, [...new Set(rows.map((row) => row.conversation_id))])),
});

interface BreachRow {
  id: string;
  conversation_id: string;
  cycle: number;
  sla_policy_id: string;
  breach_type: BreachType;
  threshold_secs: number;
  /** Milliseconds. */
  breached_at: number;
}

// At the breach `actual_secs` equals the threshold; it is updated when the clock stops.
const INSERT_BREACHES = insertRows(
  "sla_breaches",
  [
    "id",
    "conversation_id",
    "cycle",
    "sla_policy_id",
    "breach_type",
    "threshold_secs",
    ["actual_secs", fieldOf("threshold_secs")],
    "breached_at",
  ],
  { or: "OR IGNORE" },
);

export const breaches = effect<BreachRow>({
  name: "sla_breaches",
  fromConversation: ({ state, events }) =>
    events
      .filter(({ type }) => type === "sla.breached")
      .map(({ data }) => {
        const { cycle, policy_id, breach_type, threshold_secs, due_at } = data as {
          cycle: number;
          policy_id: string;
          breach_type: BreachType;
          threshold_secs: number;
          due_at: string;
        };
        return {
          id: breachId(state.id, cycle, breach_type),
          conversation_id: state.id,
          cycle,
          sla_policy_id: policy_id,
          breach_type,
          threshold_secs,
          breached_at: Date.parse(due_at),
        };
      }),
  statements: (db, rows) => [db.sql(INSERT_BREACHES, JSON.stringify(rows))],
});

/** A change of policies, working hours or the timezone, after which every running clock is recomputed (settle.ts). */
interface SettingsChange {
  /** There are no clocks without a policy, so the first policy starts the count of versions. */
  by: "policy" | "hours";
}

/** The kind of change, by type of event. */
const CHANGES_SETTINGS: Partial<Record<EntityEvent["type"], SettingsChange["by"]>> = {
  "sla_policy.created": "policy",
  "sla_policy.updated": "policy",
  "sla_policy.deleted": "policy",
  "organization.hours_changed": "hours",
  "division.hours_changed": "hours",
};

/** With the first policy the clocks that stood still begin. Once in a tenant's life, so it may read all of them. */
const START_CLOCKS = `UPDATE sla_clocks SET is_open = 1 WHERE is_open = 2
  AND org_id = (SELECT o.org_id FROM orgs o WHERE o.org_id = ?1 AND o.sla_version = 0)`;

export const settingsVersion = effect<SettingsChange>({
  name: "sla_settings",
  fromEntity: ({ type, data }) => {
    const by = type === "organization.updated" && "timezone" in data ? "hours" : CHANGES_SETTINGS[type];
    return by && [{ by }];
  },
  statements: (db, rows) => {
    const isPolicy = rows.some(({ by }) => by === "policy");
    return [
      ...(isPolicy ? [db.sql(START_CLOCKS)] : []),
      db.sql(
        `UPDATE orgs SET sla_version = sla_version + 1 WHERE org_id = ?1${isPolicy ? "" : " AND sla_version > 0"}`,
      ),
    ];
  },
});

/** Deletes the policies of a deleted division, which can match no conversation. */
export const policiesOfDivision = effect<{ division_id: string }>({
  name: "sla_policies",
  fromEntity: ({ type, entityId }) => (type === "division.deleted" ? [{ division_id: entityId }] : undefined),
  leadsTo: ({ type, entityId }) =>
    type === "division.deleted"
      ? async (db) =>
          (
            await db.query<PolicyRow>(
              `SELECT ${POLICY_COLUMNS} FROM sla_policies WHERE org_id = ?1 AND division_id = ?2`,
              entityId,
            )
          ).map(policyDeleted)
      : undefined,
  statements: (db, rows) => [
    db.sql(
      `DELETE FROM sla_policies WHERE org_id = ?1 AND division_id IN (SELECT ${fieldOf("division_id")} FROM ${ROWS})`,
      JSON.stringify(rows),
    ),
  ],
});

/** A policy that becomes the default takes the place of another, which is a change of that one (store.ts clears it). */
export const previousDefault = effect({
  name: "sla_previous_default",
  leadsTo: ({ type, entityId, data }) => {
    const becomesDefault =
      type.startsWith("sla_policy.") && (data["is_default"] as unknown[] | undefined)?.[1] === true;
    if (!becomesDefault) return undefined;
    return async (db) =>
      (
        await db.query<{ id: string }>(
          "SELECT id FROM sla_policies WHERE org_id = ?1 AND is_default = 1 AND id <> ?2",
          entityId,
        )
      ).map(({ id }) => happened("sla_policy.updated", id, { is_default: [true, false] }));
  },
});
