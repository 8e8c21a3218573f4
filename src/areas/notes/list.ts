import { z } from "@hono/zod-openapi";
import { toNote } from "../../domain/note/wire";
import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { decodeCursor, pageOf, pageQuery, toPage } from "../../kit/page";
import { ConversationPath } from "../conversations/model";
import { conversationNotFound } from "../conversations/problems";
import { NoteResponse } from "./model";
import { namesOf } from "./mentioned";

const Page = pageOf(NoteResponse).openapi("NotePage");
const noteQuery = z.object(pageQuery);

export default operation({
  id: "listNotes",
  summary: "List notes for a conversation",
  description: "Newest first.",
  params: ConversationPath,
  query: noteQuery,
  response: Page,
  problems: [conversationNotFound],
  handle: ({ ctx, params, query }) => listNotes(ctx, params.id, query),
});

/** Notes come from the conversation's object; D1 only gives the present names of their authors. */
export async function listNotes(
  ctx: Ctx,
  conversationId: string,
  query: z.output<typeof noteQuery>,
): Promise<z.infer<typeof Page>> {
  const cursor = decodeCursor(query.cursor);
  const notes = await conversationOf(ctx, conversationId).notes(visibilityOf(ctx.actor), cursor?.id, query.limit + 1);
  if (!notes) throw conversationNotFound();
  const names = await namesOf(
    ctx,
    notes.map((note) => note.agentId),
  );
  return toPage(
    notes,
    query.limit,
    (note) => ({ at: note.createdAt, id: note.id }),
    (note) => ({
      ...toNote(note, conversationId),
      agent_name: (note.agentId !== null && names.get(note.agentId)) || null,
    }),
  );
}
