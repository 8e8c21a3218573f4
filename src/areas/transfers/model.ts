import { z } from "@hono/zod-openapi";

export const ConversationTransfer = z
  .object({
    id: z.uuid(),
    conversation_id: z.uuid(),
    transferred_by: z.uuid().nullable().openapi({
      description:
        "The agent who transferred it; null if it happened automatically, for example when its division was deleted",
    }),
    created_at: z.iso.datetime(),
    from_agent_id: z.uuid().nullable().openapi({ description: "The previous assignee; null if it was unassigned" }),
    to_agent_id: z
      .uuid()
      .nullable()
      .openapi({ description: "The new assignee; null if it went to a division's queue" }),
    from_division_id: z.uuid().nullable().openapi({ description: "The previous division; null if none" }),
    to_division_id: z.uuid().nullable().openapi({ description: "The new division; null if none" }),
    note: z.string().nullable().openapi({ description: "The note of the transfer; null if none" }),
    from_agent_name: z.string().nullable(),
    to_agent_name: z.string().nullable(),
    to_division_name: z.string().nullable().openapi({ description: "null also if the division was deleted" }),
    transferred_by_name: z.string().nullable(),
  })
  .openapi("ConversationTransfer");
export type ConversationTransfer = z.infer<typeof ConversationTransfer>;
