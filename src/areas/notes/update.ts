import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { updateNote as update } from "../../domain/conversation/commands/update-note";
import { operation } from "../../domain/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { conversationNotFound } from "../conversations/problems";
import { NoteContent, NotePath, NoteResponse } from "./model";
import { noteMentionUnknown } from "./problems";
import { namesOf, requireMentioned } from "./mentioned";

const UpdateNote = z.strictObject({ content: NoteContent }).openapi("UpdateNote");

export default operation({
  id: "updateNote",
  summary: "Update a note",
  description: "Newly mentioned agents are notified.",
  alsoNeeds: { "notes.moderate": "for a colleague's note" },
  params: NotePath,
  body: UpdateNote,
  response: NoteResponse,
  problems: [conversationNotFound, ...Object.values(update.refusals), noteMentionUnknown],
  handle: ({ ctx, params, body }) => updateNote(ctx, params.id, params.note_id, body.content),
});

export async function updateNote(ctx: Ctx, conversationId: string, id: string, content: string): Promise<Reply> {
  const { mentions, names } = await requireMentioned(ctx, content, ctx.actor.id);
  const mayModerate = ctx.actor.permissions.has("notes.moderate");
  const { answer: note, bookmark } = await commandConversation(ctx, conversationId, {
    kind: "update_note",
    id,
    content,
    mentions,
    mayModerate,
  });
  const author = note!.agent_id;
  const name = author === null ? null : (names.get(author) ?? (await namesOf(ctx, [author])).get(author) ?? null);
  return withBookmark({ ...note!, agent_name: name }, bookmark);
}
