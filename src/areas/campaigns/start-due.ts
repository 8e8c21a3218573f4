import type { Ctx } from "../../domain/context";
import { type Done, doEach } from "../../kit/sweep";
import { readinessOf } from "./facts";
import { changeStatus, loadCampaign, objectOf, whoseOf, WAKE_AGAIN_MS } from "./store";

const AT_ONCE = 10;

/** Starts campaigns whose time has come, and wakes those under way of which nothing was heard. May run twice. */
export const startDue = (ctx: Ctx, ids: readonly string[]): Promise<Done> =>
  doEach(ids, AT_ONCE, (id) => startOne(ctx, id), {
    event: "campaign_delayed",
    ids: (id) => ({ org_id: ctx.orgId, campaign_id: id }),
  });

async function startOne(ctx: Ctx, id: string): Promise<void> {
  const row = await loadCampaign(ctx, id);
  const now = ctx.now();
  if (row.next_at === null || row.next_at > now) return;
  if (row.status === "scheduled") {
    const { problem } = await readinessOf(ctx, row);
    await (problem
      ? changeStatus(ctx, row, "campaign.paused", {
          status: "paused",
          status_reason: problem.kind.code,
          status_detail: `It could not start at its time: ${problem.message}. Resume it when that is solved`,
        })
      : changeStatus(ctx, row, "campaign.started", {
          status: "sending",
          started_at: now,
          next_at: now + WAKE_AGAIN_MS,
        }));
  } else await ctx.db.update("campaigns", { id, next_at: row.next_at }, { next_at: now + WAKE_AGAIN_MS }).run();
  await objectOf(ctx, id).wake(whoseOf(ctx, id));
}
