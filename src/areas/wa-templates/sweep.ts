import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

/** Syncs accounts whose templates are not as we know them. */
export const syncDueTemplates = sweep({
  name: "wa_templates",
  long: true,
  due: `SELECT a.id, a.org_id, o.country FROM wa_template_accounts a INDEXED BY idx_wa_template_accounts_due_at JOIN orgs o ON o.org_id = a.org_id
    WHERE a.due_at <= ?1 ORDER BY a.due_at`,
  // Loaded when something is due: the sweep starts with the Worker.
  work: async (ctx: Ctx, ids) => (await import("./sync-due")).syncDueAccounts(ctx, ids),
});
