import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { cut } from "../../kit/cut";
import { insertCampaign, NOBODY_YET } from "./create";
import { Campaign, CampaignPath } from "./model";
import { campaignNotFound } from "./problems";
import { loadCampaign } from "./store";

const DuplicateCampaign = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional().openapi({ description: "By default the name with (copy)" }),
  })
  .openapi("DuplicateCampaign");

export default operation({
  id: "duplicateCampaign",
  summary: "Duplicate a campaign",
  description: "Makes a draft with the same message and settings, without a time and without recipients.",
  params: CampaignPath,
  body: DuplicateCampaign,
  response: Campaign,
  status: 201,
  idempotent: "stored",
  problems: [campaignNotFound],
  handle: ({ ctx, params, body }) => duplicateCampaign(ctx, params.id, body.name),
});

export async function duplicateCampaign(ctx: Ctx, id: string, name?: string): Promise<Campaign> {
  const { template_name: _name, template_language: _language, ...row } = await loadCampaign(ctx, id);
  const now = ctx.now();
  return insertCampaign(ctx, {
    ...row,
    ...NOBODY_YET,
    id: ctx.newId(),
    name: name ?? `${cut(row.name, 190)} (copy)`,
    status: "draft",
    status_reason: null,
    status_detail: null,
    scheduled_at: null,
    started_at: null,
    completed_at: null,
    next_at: null,
    created_by: ctx.actor.id,
    created_at: now,
    updated_at: now,
  });
}
