import type { Ctx } from "../../domain/context";
import { requireRight } from "../../domain/operation";
import { quickReplyUnknown } from "./problems";
import { type Values, variablesIn } from "../../domain/variables";

/**
 * The text of the quick reply that a message names. Throws `quick_reply_unknown`, and a 403 without
 * `quick_replies.view`.
 */
export async function quickReplyText(ctx: Ctx, id: string): Promise<string> {
  requireRight(ctx, "quick_replies.view");
  const [row] = await ctx.db.query<{ content: string }>(
    "SELECT content FROM quick_replies WHERE org_id = ?1 AND id = ?2",
    id,
  );
  if (!row)
    throw quickReplyUnknown(undefined, {
      errors: [{ field: "quick_reply_id", message: "the quick reply does not exist" }],
    });
  return row.content;
}

/**
 * Values of the variables in a message that the conversation itself does not know. Undefined for a message without
 * variables, which is the most common case and needs no query. `agentId`: the sender.
 */
export async function valuesFor(
  ctx: Ctx,
  content: Record<string, unknown>,
  agentId: string | null,
): Promise<Pick<Values, "agent.name" | "org.name"> | undefined> {
  const names = variablesIn(content);
  if (names.size === 0) return undefined;
  if (!names.has("agent.name") && !names.has("org.name")) return { "agent.name": null, "org.name": null };
  const [row] = await ctx.db.query<{ org: string; agent: string | null }>(
    "SELECT o.name AS org, (SELECT full_name FROM agents WHERE org_id = ?1 AND id = ?2) AS agent FROM orgs o WHERE o.org_id = ?1",
    agentId ?? "",
  );
  return { "agent.name": row?.agent ?? null, "org.name": row?.org ?? null };
}
