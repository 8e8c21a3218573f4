import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

/** Renews tokens that would expire. */
export const renewDueTokens = sweep({
  name: "account_tokens",
  long: true,
  due: `SELECT a.id, a.org_id, o.country FROM integration_accounts a INDEXED BY idx_integration_accounts_renew_at JOIN orgs o ON o.org_id = a.org_id
    WHERE a.renew_at <= ?1 AND o.status = 'active' ORDER BY a.renew_at`,
  // Loaded when something is due: the sweep starts with the Worker.
  work: async (ctx: Ctx, ids) => (await import("./renew")).renewTokens(ctx, ids),
});
