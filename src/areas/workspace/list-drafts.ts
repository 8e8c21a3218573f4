import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { Draft, type DraftRow, toDraft } from "./draft-model";

export default operation({
  id: "listDrafts",
  summary: "List the caller's drafts",
  description: "Those that are not sent, newest first, at most 500.",
  query: z.object({ conversation_id: z.uuid().optional().openapi({ description: "Only those of one conversation" }) }),
  response: z.array(Draft),
  handle: async ({ ctx, query }) => {
    const rows = await ctx.db.query<DraftRow>(
      `SELECT conversation_id, kind, content, version, updated_at FROM drafts
       WHERE org_id = ?1 AND agent_id = ?2 AND (?3 = '' OR conversation_id = ?3) AND content IS NOT NULL ORDER BY updated_at DESC LIMIT 500`,
      ctx.actor.id,
      query.conversation_id ?? "",
    );
    return rows.map(toDraft);
  },
});
