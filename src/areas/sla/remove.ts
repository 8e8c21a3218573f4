import { z } from "@hono/zod-openapi";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { PolicyPath } from "./schema";
import { policyNotFound } from "./problems";
import { loadPolicy, policyDeleted } from "./store";

const Removed = z.object({ message: z.string(), policy_id: z.uuid() });

export default operation({
  id: "deleteSlaPolicy",
  summary: "Delete an SLA policy",
  description:
    "The next most specific policy applies to its conversations; recorded breaches stay with their conversations.",
  params: PolicyPath,
  response: Removed,
  problems: [policyNotFound],
  handle: ({ ctx, params }) => removePolicy(ctx, params.id),
});

export async function removePolicy(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const policy = await loadPolicy(ctx, id);
  await commit(ctx, {
    write: [ctx.db.sql("DELETE FROM sla_policies WHERE org_id = ?1 AND id = ?2", id)],
    events: [policyDeleted(policy)],
    mustChange: true,
  });
  return { message: "SLA policy deleted", policy_id: id };
}
