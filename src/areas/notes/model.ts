import { z } from "@hono/zod-openapi";
import { ConversationNote } from "../../domain/note/schema";
import { idPath, pathId } from "../../kit/id-path";

export const NotePath = idPath("conversation").extend({ note_id: pathId("note") });

export const NoteResponse = ConversationNote.extend({ agent_name: z.string().nullable() }).openapi("NoteResponse");
export type NoteResponse = z.infer<typeof NoteResponse>;

export const MAX_MENTIONS = 50;

export const NoteContent = z
  .string()
  .max(5000)
  .refine((content) => content.trim() !== "", "must not be empty")
  .refine((content) => mentionsIn(content).length <= MAX_MENTIONS, `must have at most ${MAX_MENTIONS} mentions`)
  .openapi({
    description: "`@[Name](agent id)` mentions a colleague; only the id matters, the name is for display",
    example: "@[Ana](01a209f6-40db-7dc6-982c-79beb11de4c0) do you know?",
  });

/** The end of a mention, or of a link. */
const TARGET = /\]\(([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)/gi;
const MAX_NAME = 200;

/** Ids of the agents that a text mentions, without duplicates. */
export function mentionsIn(content: string): string[] {
  const ids = new Set<string>();
  let from = 0;
  for (const { 0: target, 1: id, index } of content.matchAll(TARGET)) {
    // The name may have brackets of its own, so it begins with the first `@[` of the line behind the last mention.
    const before = content.slice(Math.max(from, index - MAX_NAME - 2), index);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const start = line.indexOf("@[");
    if (start >= 0 && start + 2 < line.length) ids.add(id!.toLowerCase());
    from = index + target.length;
  }
  return [...ids];
}
