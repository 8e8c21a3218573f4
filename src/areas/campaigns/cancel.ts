import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { CampaignPath, CampaignWithTemplate, toCampaignWithTemplate } from "./model";
import { campaignNotFound, campaignNotRunning } from "./problems";
import { changeStatus, loadCampaign } from "./store";

export default operation({
  id: "cancelCampaign",
  summary: "Cancel a campaign",
  description:
    "One that is scheduled, under way or paused; it cannot be resumed. Nothing leaves after the answer; what had left before is still delivered and counted.",
  params: CampaignPath,
  response: CampaignWithTemplate,
  problems: [campaignNotFound, campaignNotRunning, changedMeanwhile],
  handle: ({ ctx, params }) => cancelCampaign(ctx, params.id),
});

export async function cancelCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof CampaignWithTemplate>> {
  const row = await loadCampaign(ctx, id);
  if (!["scheduled", "sending", "paused"].includes(row.status))
    throw campaignNotRunning(`the campaign is ${row.status}`);
  return toCampaignWithTemplate(
    await changeStatus(ctx, row, "campaign.cancelled", {
      status: "cancelled",
      status_reason: "by_agent",
      status_detail: `${ctx.actor.name ?? "A colleague"} cancelled it`,
      completed_at: ctx.now(),
    }),
  );
}
