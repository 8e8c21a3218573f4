import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { divisionUnknown } from "../divisions/problems";
import { applyToEach, BULK_RIGHTS, bulkActionOn, requireBulkAction } from "./bulk-actions";
import { assigneeNotFound } from "./problems";

const BulkAction = bulkActionOn({
  conversation_ids: z.array(z.uuid()).min(1).max(100).openapi({ description: "Ids of 1 to 100 conversations" }),
}).openapi("BulkConversationAction");

const BulkResult = z
  .object({
    succeeded: z.array(z.uuid()).openapi({ description: "Conversations the action was applied to" }),
    failed: z
      .array(z.object({ id: z.uuid(), code: z.string().openapi({ description: "The problem code" }) }))
      .openapi({ description: "Conversations the action was not applied to" }),
  })
  .openapi("BulkConversationResult");

const EXAMPLE_IDS = ["01a209f6-40db-7dc6-982c-79beb11de4c0"];

export default operation({
  id: "bulkConversations",
  summary: "Bulk conversation actions",
  description:
    "Applies the action to each conversation separately and returns the problem code of each one that failed.",
  alsoNeeds: BULK_RIGHTS,
  body: BulkAction,
  examples: {
    Assign: {
      conversation_ids: EXAMPLE_IDS,
      action: "assign",
      params: { agent_id: "01a209f6-40db-7dc6-982c-79beb11de4c1" },
    },
    Resolve: { conversation_ids: EXAMPLE_IDS, action: "resolve" },
    "Add tags": { conversation_ids: EXAMPLE_IDS, action: "add_tags", params: { tags: ["vip"] } },
    Transfer: {
      conversation_ids: EXAMPLE_IDS,
      action: "transfer",
      params: { to_division_id: "01a209f6-40db-7dc6-982c-79beb11de4c2", note: "A question about an invoice" },
    },
  },
  response: BulkResult,
  problems: [assigneeNotFound, divisionUnknown],
  handle: ({ ctx, body }) => bulkConversations(ctx, body),
});

export async function bulkConversations(
  ctx: Ctx,
  input: z.output<typeof BulkAction>,
): Promise<z.infer<typeof BulkResult>> {
  await requireBulkAction(ctx, input);
  return applyToEach(ctx, [...new Set(input.conversation_ids)], input);
}
