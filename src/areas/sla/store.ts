import { allGone } from "../../kit/commit";
import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { POLICY_COLUMNS, type PolicyRow, toPolicy } from "./model";
import { policyNotFound } from "./problems";

export async function loadPolicy(ctx: Ctx, id: string): Promise<PolicyRow> {
  const [row] = await ctx.db.query<PolicyRow>(
    `SELECT ${POLICY_COLUMNS} FROM sla_policies WHERE org_id = ?1 AND id = ?2`,
    id,
  );
  if (!row) throw policyNotFound();
  return row;
}

const OTHER_DEFAULT = "WHERE org_id = ?1 AND is_default = 1 AND id <> ?2";

/**
 * Clears and logs the previous default policy. Runs before the statement that sets a new one, since there may be only
 * one.
 */
export const noOtherDefault = (ctx: Ctx, id: string): D1PreparedStatement[] => [
  ctx.db.sql(
    `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
     SELECT ?3, ?1, ?4, ?5, 'sla_policy.update', 'sla_policy', id, '{"is_default":[true,false]}', ?6 FROM sla_policies ${OTHER_DEFAULT}`,
    id,
    ctx.newId(),
    ctx.actor.kind,
    ctx.actor.id,
    ctx.now(),
  ),
  ctx.db.sql(`UPDATE sla_policies SET is_default = 0, updated_at = ?3 ${OTHER_DEFAULT}`, id, ctx.now()),
];

/** The event of a deleted policy, with all its fields. */
export function policyDeleted(row: PolicyRow): ReturnType<typeof happened> {
  const { id, created_at: _, updated_at: __, ...fields } = toPolicy(row);
  return happened("sla_policy.deleted", id, allGone(fields));
}
