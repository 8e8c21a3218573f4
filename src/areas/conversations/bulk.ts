import { z } from "@hono/zod-openapi";
import type { Command } from "../../domain/conversation/commands";
import type { Ctx } from "../../domain/context";
import { logError } from "../../kit/log";
import { operation, requireRight } from "../../domain/operation";
import type { Permission } from "../../domain/permissions";
import { Problem } from "../../kit/problem";
import { divisionUnknown } from "../divisions/problems";
import { requireAssignee } from "./assign";
import { type CommandedConversation, commandConversation } from "./command";
import { Tags } from "./model";
import { assigneeNotFound } from "./problems";
import { sendReadReceipts } from "./read";
import { requireTransferTarget, TransferTarget, transferTo } from "./transfer-target";

const Ids = z.array(z.uuid()).min(1).max(100).openapi({ description: "Ids of 1 to 100 conversations" });
const bulkAction = <A extends string, P extends z.ZodType>(action: A, params: P) =>
  z.strictObject({ conversation_ids: Ids, action: z.literal(action), params });
const NoParams = z.strictObject({}).optional();

const BulkAction = z
  .discriminatedUnion("action", [
    bulkAction("assign", z.strictObject({ agent_id: z.uuid().openapi({ description: "The agent to assign" }) })),
    bulkAction("unassign", NoParams),
    bulkAction("resolve", NoParams),
    bulkAction("reopen", NoParams),
    bulkAction(
      "add_tags",
      z.strictObject({ tags: Tags.min(1).openapi({ description: "Tags to add, ignoring case" }) }),
    ),
    bulkAction(
      "remove_tags",
      z.strictObject({ tags: Tags.min(1).openapi({ description: "Tags to remove, ignoring case" }) }),
    ),
    bulkAction("mark_read", NoParams),
    bulkAction("mark_unread", NoParams),
    bulkAction("transfer", TransferTarget),
  ])
  .openapi("BulkConversationAction");
type BulkAction = z.infer<typeof BulkAction>;

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
  alsoNeeds: {
    "conversations.assign": "to assign and unassign",
    "conversations.update": "to resolve, reopen, tag and mark as read or unread",
    "conversations.transfer": "to transfer",
  },
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

const PERMISSION_OF: Record<BulkAction["action"], Permission> = {
  assign: "conversations.assign",
  unassign: "conversations.assign",
  resolve: "conversations.update",
  reopen: "conversations.update",
  add_tags: "conversations.update",
  remove_tags: "conversations.update",
  mark_read: "conversations.update",
  mark_unread: "conversations.update",
  transfer: "conversations.transfer",
};

export async function bulkConversations(ctx: Ctx, input: BulkAction): Promise<z.infer<typeof BulkResult>> {
  requireRight(ctx, PERMISSION_OF[input.action]);
  if (input.action === "assign") await requireAssignee(ctx, input.params.agent_id);
  if (input.action === "transfer") await requireTransferTarget(ctx, input.params);
  const command = commandOf(input);
  const succeeded: string[] = [];
  const results: CommandedConversation[] = [];
  const failed: { id: string; code: string }[] = [];
  await Promise.all(
    [...new Set(input.conversation_ids)].map(async (id) => {
      try {
        results.push(await commandConversation(ctx, id, command));
        succeeded.push(id);
      } catch (error) {
        if (!(error instanceof Problem)) logError("bulk_failed", error, { conversation_id: id });
        failed.push({ id, code: error instanceof Problem ? error.kind.code : "internal" });
      }
    }),
  );
  if (input.action === "mark_read") ctx.background(sendReadReceipts(ctx, results));
  return { succeeded, failed };
}

function commandOf(input: BulkAction): Command {
  switch (input.action) {
    case "assign":
      return { kind: "assign", agentId: input.params.agent_id };
    case "unassign":
      return { kind: "assign", agentId: null };
    case "resolve":
      return { kind: "set_status", status: "resolved" };
    case "reopen":
      return { kind: "set_status", status: "open" };
    case "add_tags":
    case "remove_tags":
      return { kind: input.action, tags: input.params.tags };
    case "mark_read":
    case "mark_unread":
      return { kind: input.action };
    case "transfer":
      return transferTo(input.params);
  }
}
