import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";

/** Goes on with erasures of contacts until nothing is left. */
export const eraseContacts = sweep({
  name: "contact_erasures",
  long: true,
  due: `SELECT e.contact_id AS id, e.org_id, o.country FROM contact_erasures e INDEXED BY idx_contact_erasures_next_at JOIN orgs o ON o.org_id = e.org_id
    WHERE e.next_at <= ?1 ORDER BY e.next_at`,
  work: async (ctx: Ctx, ids) => (await import("./erase-due")).eraseDue(ctx, ids),
});
