import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { visibleSql } from "../conversations/filter";
import { PolicyPath, SlaBreachLog } from "./model";
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
  const params: (string | number)[] = [policyId, query.limit + 1];
  const bind = (value: string | number): string => `?${params.push(value) + 1}`;
  const before = cursor ? `AND (b.breached_at, b.id) < (${bind(cursor.at)}, ${bind(cursor.id)})` : "";
  const sees = visibilityOf(ctx.actor);
  const visible = sees.all
    ? ""
    : `AND EXISTS (SELECT 1 FROM conversations c WHERE c.org_id = ?1 AND c.id = b.conversation_id AND ${visibleSql(sees, bind)})`;
  const rows = await ctx.db.query<Row>(
    `SELECT b.id, b.conversation_id, b.sla_policy_id, b.breach_type, b.threshold_secs, b.actual_secs, b.breached_at FROM sla_breaches b INDEXED BY idx_sla_breaches_org_id_policy
     WHERE b.org_id = ?1 AND b.sla_policy_id = ?2 ${before} ${visible} ORDER BY b.breached_at DESC, b.id DESC LIMIT ?3`,
    ...params,
  );
  return toPage(
    rows,
    query.limit,
    (row) => ({ at: row.breached_at, id: row.id }),
    (row) => ({ ...row, breached_at: new Date(row.breached_at).toISOString() }),
  );
}
