import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { deleteNote } from "../../domain/conversation/commands/delete-note";
import { operation } from "../../domain/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { conversationNotFound } from "../conversations/problems";
import { NotePath } from "./model";

export default operation({
  id: "deleteNote",
  summary: "Delete a note",
  description: "The activity log keeps the content.",
  alsoNeeds: { "notes.moderate": "for a colleague's note" },
  params: NotePath,
  response: z.object({ message: z.string(), note_id: z.uuid() }),
  problems: [conversationNotFound, ...Object.values(deleteNote.refusals)],
  handle: ({ ctx, params }) => removeNote(ctx, params.id, params.note_id),
});

export async function removeNote(ctx: Ctx, conversationId: string, id: string): Promise<Reply> {
  const { bookmark } = await commandConversation(ctx, conversationId, {
    kind: "delete_note",
    id,
    mayModerate: ctx.actor.permissions.has("notes.moderate"),
  });
  return withBookmark({ message: "note deleted", note_id: id }, bookmark);
}
