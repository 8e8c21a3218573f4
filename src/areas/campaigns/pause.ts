import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { CampaignPath, CampaignWithTemplate, toCampaignWithTemplate } from "./model";
import { campaignNotFound, campaignNotRunning } from "./problems";
import { changeStatus, loadCampaign } from "./store";

export default operation({
  id: "pauseCampaign",
  summary: "Pause a campaign",
  description:
    "One that is scheduled or under way. Nothing leaves after the answer; what had left before is still delivered.",
  params: CampaignPath,
  response: CampaignWithTemplate,
  problems: [campaignNotFound, campaignNotRunning, changedMeanwhile],
  handle: ({ ctx, params }) => pauseCampaign(ctx, params.id),
});

export async function pauseCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof CampaignWithTemplate>> {
  const row = await loadCampaign(ctx, id);
  if (row.status !== "scheduled" && row.status !== "sending") throw campaignNotRunning(`the campaign is ${row.status}`);
  return toCampaignWithTemplate(
    await changeStatus(ctx, row, "campaign.paused", {
      status: "paused",
      status_reason: "by_agent",
      status_detail: `${ctx.actor.name ?? "A colleague"} paused it`,
    }),
  );
}
