import type { Ctx } from "../../domain/context";

/** Says of surveys whose time is over that it is. The conversation refuses what comes after it by itself. */
export async function expireSurveys(ctx: Ctx, ids: readonly string[]): Promise<number> {
  const { meta } = await ctx.db
    .sql(
      `UPDATE csat_surveys SET status = 'expired' WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND status IN ('pending', 'sent') AND expires_at <= ?3`,
      JSON.stringify(ids),
      ctx.now(),
    )
    .run();
  return meta.changes;
}
