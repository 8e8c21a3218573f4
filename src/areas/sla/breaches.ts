import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { listStatement, Params } from "../../kit/list-statement";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { visibleSql } from "../conversations/filter";
import { PolicyPath, SlaBreachLog } from "./schema";
import { policyNotFound } from "./problems";
import { loadPolicy } from "./store";

const Page = pageOf(SlaBreachLog).openapi("SlaBreachPage");
const breachQuery = z.object(pageQuery);

export default operation({
  id: "listSlaBreaches",
  summary: "List SLA breaches for a policy",
  description: "Returns breaches of conversations that the caller may see, newest first.",
  params: PolicyPath,
  query: breachQuery,
  response: Page,
  problems: [policyNotFound],
  handle: ({ ctx, params, query }) => listBreaches(ctx, params.id, query),
});

interface Row extends Omit<SlaBreachLog, "breached_at"> {
  breached_at: number;
}

export async function listBreaches(
  ctx: Ctx,
  policyId: string,
  query: z.output<typeof breachQuery>,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  await loadPolicy(ctx, policyId);
  const params = new Params();
  const sees = visibilityOf(ctx.actor);
  const list = listStatement(params, {
    select:
      "SELECT b.id, b.conversation_id, b.sla_policy_id, b.breach_type, b.threshold_secs, b.actual_secs, b.breached_at FROM sla_breaches b INDEXED BY idx_sla_breaches_org_id_policy",
    where: [
      "b.org_id = ?1",
      `b.sla_policy_id = ${params.of(policyId)}`,
      sees.all
        ? undefined
        : `EXISTS (SELECT 1 FROM conversations c WHERE c.org_id = ?1 AND c.id = b.conversation_id AND ${visibleSql(sees, (value) => params.of(value))})`,
    ],
    order: ["b.breached_at", "b.id"],
    cursor,
    limit: query.limit,
  });
  const rows = await ctx.db.query<Row>(list.sql, ...list.params);
  return toPage(
    rows,
    query.limit,
    (row) => ({ at: row.breached_at, id: row.id }),
    (row) => ({ ...row, breached_at: new Date(row.breached_at).toISOString() }),
  );
}
