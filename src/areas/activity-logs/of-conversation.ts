import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { messageSecondOf } from "../../domain/ids";

/** The entries that a thread shows between its messages. */
const SHOWN = [
  "conversation.assigned",
  "conversation.unassigned",
  "conversation.transferred",
  "conversation.resolved",
  "conversation.reopened",
] as const;

export const ConversationActivity = z
  .object({
    id: z.uuid(),
    type: z.enum(SHOWN),
    actor_kind: z.enum(["agent", "api_key"]),
    actor_id: z.uuid().nullable().openapi({ description: "For an API key, its owner" }),
    actor_name: z.string().nullable(),
    to_agent_id: z.uuid().nullable(),
    to_agent_name: z.string().nullable(),
    to_division_id: z.uuid().nullable(),
    to_division_name: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .openapi("ConversationActivity");
export type ConversationActivity = z.infer<typeof ConversationActivity>;

/** A thread shows no more of a page's time. */
const MAX_ROWS = 200;

export const ActivityOfPage = z.array(ConversationActivity).openapi({
  description: `Assignments, transfers, resolutions and reopenings by people in the time of this page, from oldest to newest, at most ${MAX_ROWS}; only with \`activity=true\`. It follows the messages within about a second`,
});

type Row = Omit<ConversationActivity, "created_at"> & { created_at: number };

/**
 * The acts on a conversation from the second of one message until before that of another, or from its beginning or to its
 * end; from the oldest to the newest. The caller has checked that the conversation may be seen.
 */
export async function activityOfConversation(
  ctx: Ctx,
  conversationId: string,
  fromMessage: string | undefined,
  untilMessage: string | undefined,
): Promise<ConversationActivity[]> {
  const rows = await ctx.db.query<Row>(
    `SELECT l.id, l.action AS type, l.actor_kind, l.actor_id, b.full_name AS actor_name, a.id AS to_agent_id,
       a.full_name AS to_agent_name, d.id AS to_division_id, d.name AS to_division_name, l.created_at
     FROM activity_logs l INDEXED BY idx_activity_logs_org_id_entity
     LEFT JOIN agents b ON b.org_id = ?1 AND b.id = l.actor_id
     LEFT JOIN agents a ON a.org_id = ?1 AND a.id = l.changes ->> 'to_agent_id'
     LEFT JOIN divisions d ON d.org_id = ?1 AND d.id = l.changes ->> 'to_division_id'
     WHERE l.org_id = ?1 AND l.entity_type = 'conversation' AND l.entity_id = ?2 AND l.created_at >= ?3
       AND l.created_at < ?4 AND l.action IN (${SHOWN.map((type) => `'${type}'`).join(", ")})
     ORDER BY l.created_at DESC, l.id DESC LIMIT ?5`,
    conversationId,
    fromMessage === undefined ? 0 : messageSecondOf(fromMessage),
    untilMessage === undefined ? Number.MAX_SAFE_INTEGER : messageSecondOf(untilMessage),
    MAX_ROWS,
  );
  return rows.toReversed().map((row) => ({ ...row, created_at: new Date(row.created_at).toISOString() }));
}
