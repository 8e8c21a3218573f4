import { z } from "@hono/zod-openapi";

/** Apart from `wire.ts`, since objects start without schemas. */
export const ConversationNote = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    agent_id: z.uuid().nullable().openapi({ description: "The author; null for the system" }),
    content: z.string(),
    mentions: z
      .array(z.uuid())
      .openapi({ description: "Ids of the agents mentioned in the content with `@[Name](agent id)`" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("ConversationNote");
export type ConversationNote = z.infer<typeof ConversationNote>;
