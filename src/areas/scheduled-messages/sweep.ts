import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

export const sendDue = sweep({
  name: "scheduled",
  long: true,
  due: `SELECT s.id, s.org_id, o.country FROM scheduled_messages s INDEXED BY idx_scheduled_messages_next_at JOIN orgs o ON o.org_id = s.org_id
    WHERE s.next_at <= ?1 ORDER BY s.next_at`,
  // Loaded when something is due: the sweep starts with the Worker.
  work: async (ctx: Ctx, ids) => (await import("./send-due")).sendDueMessages(ctx, ids),
  // Many messages are scheduled for the same full hour.
  budget: { tenantRows: 2000 },
});
