import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { NoteContent, NoteResponse } from "./model";
import { noteMentionUnknown } from "./problems";
import { requireMentioned } from "./mentioned";

const CreateNote = z.strictObject({ content: NoteContent }).openapi("CreateNote");

export default operation({
  id: "createNote",
  summary: "Create a note",
  description:
    "Notes are internal; the customer never sees them. Mentioned agents who may see the conversation are notified on the live socket (`note.mentioned`).",
  params: ConversationPath,
  body: CreateNote,
  response: NoteResponse,
  status: 201,
  idempotent: "own",
  problems: [conversationNotFound, noteMentionUnknown],
  handle: ({ ctx, params, body }) => createNote(ctx, params.id, body.content),
});

export async function createNote(ctx: Ctx, conversationId: string, content: string): Promise<Reply> {
  const { mentions, names } = await requireMentioned(ctx, content, ctx.actor.id);
  const {
    answer: note,
    bookmark,
    replayed,
  } = await commandConversation(ctx, conversationId, {
    kind: "create_note",
    id: ctx.newId(),
    content,
    mentions,
  });
  const answer = { ...note!, agent_name: (note!.agent_id !== null && names.get(note!.agent_id)) || null };
  return withBookmark(answer, bookmark, replayed ? { "idempotency-replayed": "true" } : {});
}
