import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

export const startDueCampaigns = sweep({
  name: "campaigns",
  long: true,
  due: `SELECT c.id, c.org_id, o.country FROM campaigns c INDEXED BY idx_campaigns_next_at JOIN orgs o ON o.org_id = c.org_id
    WHERE c.next_at <= ?1 AND o.status = 'active' ORDER BY c.next_at`,
  // Loaded when something is due: the sweep starts with the Worker.
  work: async (ctx: Ctx, ids) => (await import("./start-due")).startDue(ctx, ids),
});
