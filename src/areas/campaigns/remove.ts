import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { allGone, commit } from "../../kit/commit";
import { changedMeanwhile } from "../../kit/problem";
import { CampaignPath } from "./model";
import { campaignNotDraft, campaignNotFound } from "./problems";
import { loadDraft } from "./store";

const Removed = z.object({ message: z.string(), campaign_id: z.uuid() });

export default operation({
  id: "deleteCampaign",
  summary: "Delete a draft campaign",
  description: "Also deletes its recipients.",
  params: CampaignPath,
  response: Removed,
  problems: [campaignNotFound, campaignNotDraft, changedMeanwhile],
  handle: ({ ctx, params }) => removeCampaign(ctx, params.id),
});

/** The event has the object cleared (effect.ts). */
export async function removeCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const { name, channel, template_id } = await loadDraft(ctx, id);
  await commit(ctx, {
    write: [ctx.db.sql("DELETE FROM campaigns WHERE org_id = ?1 AND id = ?2 AND status = 'draft'", id)],
    events: [happened("campaign.deleted", id, allGone({ name, channel, template_id }))],
    mustChange: true,
  });
  return { message: "campaign deleted", campaign_id: id };
}
