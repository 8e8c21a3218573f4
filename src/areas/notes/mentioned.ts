import type { Ctx } from "../../domain/context";
import { mentionsIn } from "./model";
import { noteMentionUnknown } from "./problems";

export async function namesOf(ctx: Ctx, agentIds: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(agentIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await ctx.db.query<{ id: string; full_name: string }>(
    "SELECT id, full_name FROM agents WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(ids),
  );
  return new Map(rows.map((row) => [row.id, row.full_name]));
}

/**
 * The names of the author and of the agents that a text mentions, who may be deleted. Throws `note_mention_unknown`.
 */
export async function requireMentioned(
  ctx: Ctx,
  content: string,
  author: string | null,
): Promise<{ mentions: string[]; names: Map<string, string> }> {
  const mentions = mentionsIn(content);
  const names = await namesOf(ctx, [author, ...mentions]);
  const unknown = mentions.filter((id) => !names.has(id));
  if (unknown.length > 0)
    throw noteMentionUnknown(undefined, {
      errors: unknown.map((id) => ({ field: "content", message: `agent ${id} does not exist` })),
    });
  return { mentions, names };
}
