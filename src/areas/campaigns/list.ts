import { z } from "@hono/zod-openapi";
import { CAMPAIGN_STATUSES } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { oneOfSql, Params } from "../../kit/list-statement";
import { numberedPage, numberedPageOf, numberedQuery } from "../../kit/numbered-page";
import { several } from "../../kit/several";
import {
  CAMPAIGN_CHANNELS,
  CAMPAIGN_SELECT,
  CampaignWithTemplate,
  type CampaignWithTemplateRow,
  toCampaignWithTemplate,
} from "./model";

const Page = numberedPageOf(CampaignWithTemplate).openapi("CampaignPage");
const Query = z.object({
  ...numberedQuery,
  status: several(z.enum(CAMPAIGN_STATUSES)).openapi({ description: "Only campaigns with one of these statuses" }),
  channel: z.enum(CAMPAIGN_CHANNELS).optional().openapi({ description: "Only campaigns of this channel" }),
  q: z.string().trim().toLowerCase().min(1).max(100).optional().openapi({ description: "Part of the name" }),
});

export default operation({
  id: "listCampaigns",
  summary: "List campaigns",
  description: "Newest first.",
  query: Query,
  response: Page,
  handle: ({ ctx, query }) => listCampaigns(ctx, query),
});

/** Filters skip rows: an organization has at most some thousand campaigns. */
export async function listCampaigns(ctx: Ctx, query: z.output<typeof Query>): Promise<z.infer<typeof Page>> {
  const params = new Params();
  const bind = (value: string): string => params.of(value);
  const where = [
    "c.org_id = ?1",
    query.status && oneOfSql("c.status", query.status, bind),
    query.channel && `c.channel = ${bind(query.channel)}`,
    query.q && `instr(lower(c.name), ${bind(query.q)}) > 0`,
  ]
    .filter(Boolean)
    .join(" AND ");
  const count = ctx.db.sql(
    `SELECT count(*) AS total FROM (SELECT 1 FROM campaigns c WHERE ${where} LIMIT -1)`,
    ...params.values,
  );
  const rows = ctx.db.sql(
    `${CAMPAIGN_SELECT} WHERE ${where} ORDER BY c.created_at DESC, c.id DESC LIMIT ${params.of(query.per_page)} OFFSET ${params.of((query.page - 1) * query.per_page)}`,
    ...params.values,
  );
  const [[counted], found] = await ctx.db.queryAll<[{ total: number }[], CampaignWithTemplateRow[]]>([count, rows]);
  return numberedPage(found.map(toCampaignWithTemplate), counted!.total, query);
}
