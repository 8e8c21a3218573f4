import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { getConversation } from "../conversations/get";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { Draft, type DraftRow, SaveDraft, toDraft } from "./draft-model";

/** More than anybody works on; the oldest give way. */
const MAX_DRAFTS = 500;

export default operation({
  id: "saveDraft",
  summary: "Save the caller's draft of a conversation",
  description:
    "The highest `version` wins, whatever the order of the calls: a save that comes late neither overwrites a later one nor brings back a draft that was sent. The answer is the draft that is kept. An agent has at most 500; the oldest give way.",
  params: ConversationPath,
  body: SaveDraft,
  response: Draft,
  problems: [conversationNotFound],
  handle: ({ ctx, params, body }) => saveDraft(ctx, params.id, body),
});

export async function saveDraft(
  ctx: Ctx,
  conversationId: string,
  { kind, content, version }: z.output<typeof SaveDraft>,
): Promise<Draft> {
  const agentId = requireWriter(ctx);
  await getConversation(ctx, conversationId);
  const [, , kept] = await ctx.db.queryAll<[unknown[], unknown[], DraftRow[]]>([
    ctx.db.sql(
      `INSERT INTO drafts (org_id, agent_id, conversation_id, kind, content, version, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
       ON CONFLICT DO UPDATE SET content = excluded.content, version = excluded.version, updated_at = excluded.updated_at WHERE excluded.version > version`,
      agentId,
      conversationId,
      kind,
      content && JSON.stringify(content),
      version,
      ctx.now(),
    ),
    ctx.db.sql(
      `DELETE FROM drafts WHERE org_id = ?1 AND agent_id = ?2 AND (conversation_id, kind) IN (
         SELECT conversation_id, kind FROM drafts WHERE org_id = ?1 AND agent_id = ?2 AND content IS NOT NULL ORDER BY updated_at DESC LIMIT -1 OFFSET ${MAX_DRAFTS})`,
      agentId,
    ),
    ctx.db.sql(
      "SELECT conversation_id, kind, content, version, updated_at FROM drafts WHERE org_id = ?1 AND agent_id = ?2 AND conversation_id = ?3 AND kind = ?4",
      agentId,
      conversationId,
      kind,
    ),
  ]);
  return toDraft(kept[0]!);
}
