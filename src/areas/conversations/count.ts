import { z } from "@hono/zod-openapi";
import { type Ctx, visibilityOf } from "../../domain/context";
import { operation } from "../../domain/operation";
import { inboxOf } from "../../objects";

const Count = z
  .object({
    total: z.int().openapi({ description: "Conversations that are not resolved" }),
    unread: z.int().openapi({ description: "Those of them with unread messages" }),
  })
  .openapi("ViewCount");

const ViewCounts = z
  .object({
    seq: z.int().openapi({
      description: "Position in the inbox's live stream: the numbers include the events up to it, and none after it",
    }),
    mine: Count.openapi({ description: "Assigned to the caller" }),
    unassigned: Count,
    all: Count.openapi({ description: "All that the caller may see" }),
    divisions: z
      .array(z.object({ division_id: z.uuid(), total: z.int(), unread: z.int() }))
      .openapi({ description: "The caller's divisions and, with `conversations.view_all`, all that have any" }),
  })
  .openapi("ConversationCounts");

export default operation({
  id: "countConversations",
  summary: "Count conversations by view",
  description:
    "Counts conversations that are not resolved and that the caller may see. The numbers follow the live events at once, ahead of lists; a client that has them and hears the events needs to ask again only after `resync`.",
  response: ViewCounts,
  handle: ({ ctx }) => countConversations(ctx),
});

export async function countConversations(ctx: Ctx): Promise<z.infer<typeof ViewCounts>> {
  const { divisions, ...counts } = await inboxOf(ctx).counts(visibilityOf(ctx.actor), ctx.org.tenantDb);
  return { ...counts, divisions: Object.entries(divisions).map(([id, count]) => ({ division_id: id, ...count })) };
}
