import { happened } from "../../domain/event";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { toPolicy } from "./model";
import { PolicyPath, SlaPolicy, UpdateSlaPolicy } from "./schema";
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
  if (input.division_id !== before.division_id) await requireKnownDivision(ctx, input.division_id);
  const { after } = await changeRow(ctx, {
    table: "sla_policies",
    id,
    before,
    input,
    event: (changed) => happened("sla_policy.updated", id, changed),
    first: (changes) => (changes["is_default"]?.[1] ? [noOtherDefault(ctx, id)] : []),
    missing: policyNotFound,
  });
  return after;
}
