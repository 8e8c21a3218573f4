import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { CampaignPath } from "./model";
import { campaignNotDraft, campaignNotFound } from "./problems";
import { loadDraft, objectOf, whoseOf } from "./store";

const Cleared = z.object({ message: z.string(), removed: z.int() });

export default operation({
  id: "clearCampaignRecipients",
  summary: "Clear all recipients from a campaign",
  description: "Only of a draft. Also ends and forgets its imports.",
  params: CampaignPath,
  response: Cleared,
  problems: [campaignNotFound, campaignNotDraft],
  handle: ({ ctx, params }) => clearRecipients(ctx, params.id),
});

export async function clearRecipients(ctx: Ctx, id: string): Promise<z.infer<typeof Cleared>> {
  await loadDraft(ctx, id);
  const cleared = await objectOf(ctx, id).clear(whoseOf(ctx, id));
  // It was sent during the call.
  if (!cleared) throw campaignNotDraft();
  const { removed } = cleared;
  if (removed > 0) await commit(ctx, { write: [], events: [happened("campaign.recipients_changed", id, { removed })] });
  return { message: "recipients removed", removed };
}
