import type { Ctx } from "../../domain/context";

/** Whether the conversation's contact, or the one that it is merged into, takes no marketing messages. False for a conversation that D1 does not know. */
export async function optsOutOfMarketing(ctx: Ctx, conversationId: string): Promise<boolean> {
  const rows = await ctx.db.query(
    `SELECT 1 FROM conversations c CROSS JOIN contacts k ON k.id = c.contact_id AND k.org_id = c.org_id
     LEFT JOIN contacts p ON p.id = k.merged_into AND p.org_id = k.org_id
     WHERE c.org_id = ?1 AND c.id = ?2 AND coalesce(k.marketing_opted_out_at, p.marketing_opted_out_at) IS NOT NULL`,
    conversationId,
  );
  return rows.length > 0;
}

/** The same of a contact, for a conversation that may not have begun. */
export async function contactOptsOut(ctx: Ctx, contactId: string): Promise<boolean> {
  const rows = await ctx.db.query(
    "SELECT 1 FROM contacts WHERE +org_id = ?1 AND id = ?2 AND marketing_opted_out_at IS NOT NULL",
    contactId,
  );
  return rows.length > 0;
}
