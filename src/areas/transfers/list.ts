import { z } from "@hono/zod-openapi";
import { type Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { getConversation } from "../conversations/get";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { ConversationTransfer } from "./model";

export default operation({
  id: "listConversationTransfers",
  summary: "List transfer history for a conversation",
  description: "Transfers and takeovers, newest first, at most 50.",
  params: ConversationPath,
  response: z.array(ConversationTransfer),
  problems: [conversationNotFound],
  handle: ({ ctx, params }) => listTransfers(ctx, params.id),
});

const MAX_ROWS = 50;

type TransferRow = Omit<ConversationTransfer, "created_at"> & { created_at: number };

export async function listTransfers(ctx: Ctx, conversationId: string): Promise<ConversationTransfer[]> {
  const [rows] = await Promise.all([
    ctx.db.query<TransferRow>(
      `SELECT t.id, t.conversation_id, t.transferred_by, t.created_at, t.from_agent_id, t.to_agent_id, t.from_division_id, t.to_division_id, t.note,
         f.full_name AS from_agent_name, a.full_name AS to_agent_name, d.name AS to_division_name, b.full_name AS transferred_by_name
       FROM conversation_transfers t
       LEFT JOIN agents f ON f.org_id = ?1 AND f.id = t.from_agent_id
       LEFT JOIN agents a ON a.org_id = ?1 AND a.id = t.to_agent_id
       LEFT JOIN agents b ON b.org_id = ?1 AND b.id = t.transferred_by
       LEFT JOIN divisions d ON d.org_id = ?1 AND d.id = t.to_division_id
       WHERE t.org_id = ?1 AND t.conversation_id = ?2 ORDER BY t.created_at DESC, t.rowid DESC LIMIT ?3`,
      conversationId,
      MAX_ROWS,
    ),
    // Throws if the caller may not see the conversation.
    getConversation(ctx, conversationId),
  ]);
  return rows.map((row) => ({ ...row, created_at: new Date(row.created_at).toISOString() }));
}
