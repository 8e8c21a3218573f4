import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { divisionUnknown } from "../conversations/problems";
import { PolicyPath, type PolicyRow, SlaPolicy, toPolicy, UpdateSlaPolicy } from "./model";
import { policyNotFound } from "./problems";
import { loadPolicy, noOtherDefault, requireKnownDivision } from "./store";
import { slaSettingsChanged } from "./version";

export const update = operation({
  id: "updateSlaPolicy",
  tag: "SLA",
  summary: "Update an SLA policy",
  description: "Deadlines of cycles that are not over are counted anew within a minute; a breach that was stamped stays one.",
  method: "patch",
  path: "/api/sla/policies/{id}",
  permission: "sla.manage",
  params: PolicyPath,
  body: UpdateSlaPolicy,
  response: SlaPolicy,
  problems: [policyNotFound, divisionUnknown],
  handle: ({ ctx, params, body }) => updatePolicy(ctx, params.id, body),
});

export async function updatePolicy(ctx: Ctx, id: string, input: UpdateSlaPolicy): Promise<SlaPolicy> {
  const row = await loadPolicy(ctx, id);
  const before = toPolicy(row);
  const changes = changesBetween({ ...before }, input);
  if (Object.keys(changes).length === 0) return before;
  if (input.division_id !== undefined) await requireKnownDivision(ctx, input.division_id);
  const { is_active, is_default, ...rest } = input;
  const after: PolicyRow = {
    ...row,
    ...rest,
    is_active: Number(is_active ?? row.is_active),
    is_default: Number(is_default ?? row.is_default),
    updated_at: ctx.now(),
  };
  await commit(ctx, {
    write: [
      ...(after.is_default ? [noOtherDefault(ctx, id)] : []),
      ctx.db.sql(
        `UPDATE sla_policies SET name = ?3, description = ?4, first_response_time_secs = ?5, resolution_time_secs = ?6, warning_threshold_pct = ?7, priority = ?8,
           channel = ?9, division_id = ?10, is_active = ?11, is_default = ?12, updated_at = ?13 WHERE org_id = ?1 AND id = ?2`,
        id,
        after.name,
        after.description,
        after.first_response_time_secs,
        after.resolution_time_secs,
        after.warning_threshold_pct,
        after.priority,
        after.channel,
        after.division_id,
        after.is_active,
        after.is_default,
        after.updated_at,
      ),
      slaSettingsChanged(ctx, "policy"),
    ],
    activity: { action: "sla_policy.update", entityType: "sla_policy", entityId: id, changes },
  });
  return toPolicy(after);
}
