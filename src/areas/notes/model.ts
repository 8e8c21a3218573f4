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

const MENTION = /@\[[^[\]\n]{1,200}\]\(([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)/gi;

/** Ids of the agents that a text mentions, without duplicates. */
export const mentionsIn = (content: string): string[] => [
  ...new Set([...content.matchAll(MENTION)].map((mention) => mention[1]!.toLowerCase())),
];
