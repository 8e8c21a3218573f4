import type { RecipientCounts } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import type { CampaignStop } from "../../domain/campaign-sending";
import { commit } from "../../kit/commit";
import { changedMeanwhile, Problem } from "../../kit/problem";
import { countColumns } from "./counts";

/** Writes to the campaign's row how its object ends, stops or stalls. */

/** The object goes on by itself: the sweep need not wake it before then. */
export async function keepAwake(ctx: Ctx, campaignId: string, until: number): Promise<void> {
  await ctx.db.query(
    "UPDATE campaigns SET next_at = ?3 WHERE org_id = ?1 AND id = ?2 AND status = 'sending' RETURNING id",
    campaignId,
    until,
  );
}

/** Shows why nothing moves; null: it does. */
export async function showReason(ctx: Ctx, campaignId: string, why: CampaignStop | null): Promise<void> {
  await ctx.db.query(
    "UPDATE campaigns SET status_reason = ?3, status_detail = ?4 WHERE org_id = ?1 AND id = ?2 AND status = 'sending' RETURNING id",
    campaignId,
    why?.reason ?? null,
    why?.advice ?? null,
  );
}

/** Ends sending: it is done, or must not go on. Does nothing if somebody has decided otherwise meanwhile. */
export async function endSending(
  ctx: Ctx,
  campaignId: string,
  counts: RecipientCounts,
  stop: CampaignStop | null,
): Promise<void> {
  const [row] = await ctx.db.query<{ name: string }>(
    "SELECT name FROM campaigns WHERE org_id = ?1 AND id = ?2 AND status = 'sending'",
    campaignId,
  );
  if (!row) return;
  const now = ctx.now();
  const status = stop ? "paused" : "completed";
  const shown = { status_reason: stop?.reason ?? null, status_detail: stop?.advice ?? null };
  const columns = { ...countColumns(counts), ...shown, status, next_at: null, updated_at: now };
  try {
    await commit(ctx, {
      write: [
        ctx.db.update(
          "campaigns",
          { id: campaignId, status: "sending" },
          { ...columns, ...(!stop && { completed_at: now }) },
        ),
      ],
      events: [
        happened(stop ? "campaign.paused" : "campaign.completed", campaignId, {
          status: ["sending", status],
          ...(stop && { status_reason: [null, stop.reason], status_detail: [null, stop.advice] }),
          name: row.name,
        }),
      ],
      mustChange: true,
    });
  } catch (error) {
    if (!(error instanceof Problem) || error.kind !== changedMeanwhile) throw error;
  }
}
