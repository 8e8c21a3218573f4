import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { POLICY_COLUMNS, type PolicyRow, toPolicy } from "./model";
import { SlaPolicy } from "./schema";

export default operation({
  id: "listSlaPolicies",
  summary: "List SLA policies",
  response: z.array(SlaPolicy),
  handle: async ({ ctx }) =>
    (
      await ctx.db.query<PolicyRow>(
        `SELECT ${POLICY_COLUMNS} FROM sla_policies INDEXED BY idx_sla_policies_org_id WHERE org_id = ?1 ORDER BY created_at, id`,
      )
    ).map(toPolicy),
});
