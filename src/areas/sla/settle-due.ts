import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { loadSlaSettings } from "./settings";
import { settleClocks } from "./settle";

/**
 * Clocks of all tenants that were computed from older settings or facts, or whose next warning or breach is due. ?1 is
 * the time.
 */
export const DUE_CLOCKS = `
SELECT id, org_id, country FROM (
  SELECT c.conversation_id AS id, c.org_id, o.country FROM orgs o CROSS JOIN sla_clocks c INDEXED BY idx_sla_clocks_org_id_next_at ON c.org_id = o.org_id AND c.next_at <= ?1
  WHERE c.next_at IS NOT NULL AND o.sla_version > 0 AND o.status = 'active'
  UNION ALL
  SELECT c.conversation_id AS id, c.org_id, o.country FROM orgs o CROSS JOIN sla_clocks c INDEXED BY idx_sla_clocks_org_id_version ON c.org_id = o.org_id AND c.settings_version < o.sla_version
  WHERE c.is_open = 1 AND o.sla_version > 0 AND o.status = 'active'
)`;

/** Applies changed settings to running clocks, and sends due warnings and breaches to the conversations. */
export const settleDueClocks = sweep({
  name: "clocks",
  long: true,
  due: DUE_CLOCKS,
  work: async (ctx: Ctx, conversationIds) => settleClocks(ctx, conversationIds, await loadSlaSettings(ctx.db)),
});
