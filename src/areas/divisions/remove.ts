import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { DivisionPath, toDivision } from "./model";
import { divisionNotFound } from "./problems";
import { applyMembershipChange, loadDivision, memberIdsOf } from "./store";

const Removed = z.object({ message: z.string(), division_id: z.uuid() });

export default operation({
  id: "deleteDivision",
  summary: "Delete a division",
  description:
    "Its agents remain, without this division. Its channel accounts are left without a division. Its working hours and its own SLA policies are deleted. Its unresolved conversations lose their division within a minute.",
  params: DivisionPath,
  response: Removed,
  problems: [divisionNotFound],
  handle: ({ ctx, params }) => removeDivision(ctx, params.id),
});

export async function removeDivision(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const [division, members] = await Promise.all([loadDivision(ctx, id), memberIdsOf(ctx, id)]);
  const { name, description, allocation_method, is_active } = toDivision(division);
  // Hours, policies, accounts and conversations follow as effects of the event.
  await commit(ctx, {
    write: [
      ctx.db.sql("DELETE FROM division_agents WHERE org_id = ?1 AND division_id = ?2", id),
      ctx.db.sql("DELETE FROM divisions WHERE org_id = ?1 AND id = ?2", id),
    ],
    events: [
      happened("division.deleted", id, {
        ...allGone({ name, description, allocation_method, is_active }),
        agent_ids: [members, []],
      }),
    ],
    mustChange: true,
  });
  await applyMembershipChange(ctx, members);
  return { message: "division deleted", division_id: id };
}
