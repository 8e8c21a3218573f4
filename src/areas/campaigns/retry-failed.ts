import { z } from "@hono/zod-openapi";
import { FINAL_FAILURES } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { adapterOf } from "../../channels/registry";
import { changedMeanwhile } from "../../kit/problem";
import { READINESS_PROBLEMS, readinessOf } from "./facts";
import { CampaignPath, CampaignWithTemplate, toCampaignWithTemplate } from "./model";
import { campaignNotFound, campaignNotStarted, nothingToRetry } from "./problems";
import { changeStatus, loadCampaign, objectOf, whoseOf, WAKE_AGAIN_MS } from "./store";

const Retried = CampaignWithTemplate.extend({
  retried: z.int().openapi({ description: "Recipients to whom it is sent again" }),
}).openapi("RetriedCampaign");

export default operation({
  id: "retryCampaign",
  summary: "Send a campaign again to whom it failed",
  description:
    "For a campaign that is completed, paused or under way. Leaves out those whose failure will not pass: people who do not exist on the channel or take no marketing, within a day people whom the channel spares marketing (131049), a variable without a value, and messages of which nobody knows whether they arrived.",
  params: CampaignPath,
  response: Retried,
  problems: [campaignNotFound, campaignNotStarted, nothingToRetry, ...READINESS_PROBLEMS, changedMeanwhile],
  handle: ({ ctx, params }) => retryCampaign(ctx, params.id),
});

export async function retryCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof Retried>> {
  const row = await loadCampaign(ctx, id);
  if (!["completed", "paused", "sending"].includes(row.status))
    throw campaignNotStarted(`the campaign is ${row.status}`);
  const { problem } = await readinessOf(ctx, row);
  if (problem) throw problem;
  const object = objectOf(ctx, id);
  const { finalFailures = [], dailyFailures = [] } = adapterOf(row.channel) ?? {};
  const retried = await object.retry(whoseOf(ctx, id), {
    final: [...FINAL_FAILURES, ...finalFailures],
    daily: dailyFailures,
  });
  // A call that was interrupted has left recipients pending in a completed campaign.
  const isLeft = retried > 0 || (row.status === "completed" && (await object.counts()).pending > 0);
  if (!isLeft) throw nothingToRetry();
  const now = ctx.now();
  const after =
    row.status === "sending"
      ? row
      : await changeStatus(
          ctx,
          row,
          "campaign.resumed",
          { status: "sending", completed_at: null, next_at: now + WAKE_AGAIN_MS },
          { data: { retried } },
        );
  if (row.status === "sending") await object.wake(whoseOf(ctx, id));
  return { ...toCampaignWithTemplate(after), retried };
}
