import { happened } from "../../domain/event";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { PolicyPath, SlaPolicy, toPolicy, UpdateSlaPolicy } from "./model";
import { policyNotFound } from "./problems";
import { loadPolicy, noOtherDefault } from "./store";

export default operation({
  id: "updateSlaPolicy",
  summary: "Update an SLA policy",
  description: "Deadlines of unfinished cycles are recalculated within a minute; recorded breaches remain.",
  params: PolicyPath,
  body: UpdateSlaPolicy,
  response: SlaPolicy,
  problems: [policyNotFound, divisionUnknown],
  handle: ({ ctx, params, body }) => updatePolicy(ctx, params.id, body),
});

export async function updatePolicy(ctx: Ctx, id: string, input: UpdateSlaPolicy): Promise<SlaPolicy> {
  const before = toPolicy(await loadPolicy(ctx, id));
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  await requireKnownDivision(ctx, input.division_id);
  const now = ctx.now();
  await commit(ctx, {
    write: [
      ...(changes["is_default"]?.[1] ? noOtherDefault(ctx, id) : []),
      ctx.db.update("sla_policies", { id }, { ...newValues(changes), updated_at: now }),
    ],
    events: [happened("sla_policy.updated", id, changes)],
    mustChange: true,
  });
  return { ...before, ...newValues(changes), updated_at: new Date(now).toISOString() };
}
