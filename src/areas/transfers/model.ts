import { z } from "@hono/zod-openapi";

export const ConversationTransfer = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    transferred_by: z.uuid().nullable().openapi({ description: "The agent who transferred it; null if it happened automatically, for example when its division was deleted" }),
    created_at: z.iso.datetime(),
    from_agent_id: z.uuid().nullable(),
    to_agent_id: z.uuid().nullable(),
    from_division_id: z.uuid().nullable(),
    to_division_id: z.uuid().nullable(),
    note: z.string().nullable(),
    from_agent_name: z.string().nullable(),
    to_agent_name: z.string().nullable(),
    to_division_name: z.string().nullable().openapi({ description: "null also if the division was deleted" }),
    transferred_by_name: z.string().nullable(),
  })
  .openapi("ConversationTransfer");
export type ConversationTransfer = z.infer<typeof ConversationTransfer>;
