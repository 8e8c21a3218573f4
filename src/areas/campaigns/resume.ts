import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { READINESS_PROBLEMS, readinessOf } from "./facts";
import { CampaignPath, CampaignWithTemplate, toCampaignWithTemplate } from "./model";
import { campaignNotFound, campaignNotPaused } from "./problems";
import { changeStatus, loadCampaign, WAKE_AGAIN_MS } from "./store";

export default operation({
  id: "resumeCampaign",
  summary: "Resume a paused campaign",
  description: "It goes on with whom it had not written to. One that was paused before its time is scheduled again.",
  params: CampaignPath,
  response: CampaignWithTemplate,
  problems: [campaignNotFound, campaignNotPaused, ...READINESS_PROBLEMS, changedMeanwhile],
  handle: ({ ctx, params }) => resumeCampaign(ctx, params.id),
});

export async function resumeCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof CampaignWithTemplate>> {
  const row = await loadCampaign(ctx, id);
  if (row.status !== "paused") throw campaignNotPaused(`the campaign is ${row.status}`);
  const { problem } = await readinessOf(ctx, row);
  if (problem) throw problem;
  const now = ctx.now();
  const isAhead = row.started_at === null && row.scheduled_at !== null && row.scheduled_at > now;
  return toCampaignWithTemplate(
    await changeStatus(
      ctx,
      row,
      "campaign.resumed",
      isAhead
        ? { status: "scheduled", next_at: row.scheduled_at }
        : { status: "sending", started_at: row.started_at ?? now, next_at: now + WAKE_AGAIN_MS },
    ),
  );
}
