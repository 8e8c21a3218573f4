import type { FrequencyCap } from "../../domain/campaign";
import type { Contacted } from "../../domain/campaign-api";
import type { Ctx } from "../../domain/context";
import { DAY, SECOND } from "../../kit/clock";
import { campaignOf } from "../../objects";

/** More calls at once would wait for each other. */
const AT_ONCE = 50;
/** The newest: an invocation may make only so many calls. */
const MAX_CAMPAIGNS = 500;

/**
 * Says of each person whether the cap of mails is reached, or until when, in milliseconds, to wait because another
 * campaign is about to write. Each mail begins a conversation of its own, so no conversation knows the others; the
 * campaigns' objects do.
 *
 * Exact also for campaigns that run at the same time: the caller has taken its recipients before it asks, so of two that
 * ask at the same time at least one sees that the other has.
 */
export async function mailCapOf(
  ctx: Ctx,
  campaignId: string,
  { max, days }: FrequencyCap,
  addresses: readonly string[],
): Promise<({ isCapped: true } | { until: number } | undefined)[]> {
  const since = ctx.now() - days * DAY;
  const others = await ctx.db.query<{ id: string }>(
    `SELECT id FROM campaigns WHERE org_id = ?1 AND channel = 'email' AND id <> ?2 AND started_at IS NOT NULL
       AND (completed_at IS NULL OR completed_at > ?3) ORDER BY created_at DESC, id DESC LIMIT ${MAX_CAMPAIGNS}`,
    campaignId,
    since,
  );
  const answers: { id: string; contacted: Contacted[] }[] = [];
  for (let at = 0; at < others.length; at += AT_ONCE)
    answers.push(
      ...(await Promise.all(
        others
          .slice(at, at + AT_ONCE)
          .map(async ({ id }) => ({ id, contacted: await campaignOf(ctx, id).contacted(addresses, since) })),
      )),
    );
  return addresses.map((_, i) => {
    const had = answers.filter(({ contacted }) => contacted[i] === "yes").length;
    const soon = answers.filter(({ contacted }) => contacted[i] === "soon");
    if (had >= max) return { isCapped: true };
    // If two wait for each other, the one with the lower id asks again first.
    if (had + soon.length >= max)
      return { until: ctx.now() + (soon.some(({ id }) => id < campaignId) ? 5 : 2) * SECOND };
    return undefined;
  });
}
