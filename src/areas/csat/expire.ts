import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

/** Marks overdue surveys as expired. Only for D1: the conversation itself refuses ratings after the expiry. */
export const expireSurveys = sweep({
  name: "surveys",
  due: `SELECT s.id, s.org_id, o.country FROM csat_surveys s INDEXED BY idx_csat_surveys_expires_at JOIN orgs o ON o.org_id = s.org_id
    WHERE s.status IN ('pending', 'sent') AND s.expires_at <= ?1 ORDER BY s.expires_at`,
  work: async (ctx: Ctx, ids) => {
    const { meta } = await ctx.db
      .sql(
        `UPDATE csat_surveys SET status = 'expired' WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND status IN ('pending', 'sent') AND expires_at <= ?3`,
        JSON.stringify(ids),
        ctx.now(),
      )
      .run();
    return meta.changes;
  },
});
