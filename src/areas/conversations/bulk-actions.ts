import { z } from "@hono/zod-openapi";
import type { Command } from "../../domain/conversation/commands";
import type { Ctx } from "../../domain/context";
import { requireRight } from "../../domain/operation";
import type { Permission } from "../../domain/permissions";
import { logError } from "../../kit/log";
import { Problem } from "../../kit/problem";
import { requireAssignee } from "./assign";
import { type CommandedConversation, commandConversation } from "./command";
import { Tags } from "./model";
import { sendReadReceipts } from "./read";
import { requireTransferTarget, TransferTarget, transferTo } from "./transfer-target";

/** Actions on many conversations, applied to each by itself. */

const NoParams = z.strictObject({}).optional();

/** The schema of an action; `target` says on which conversations. */
export const bulkActionOn = <T extends z.ZodRawShape>(target: T) => {
  const action = <A extends string, P extends z.ZodType>(name: A, params: P) =>
    z.strictObject({ ...target, action: z.literal(name), params });
  return z.discriminatedUnion("action", [
    action("assign", z.strictObject({ agent_id: z.uuid().openapi({ description: "The agent to assign" }) })),
    action("unassign", NoParams),
    action("resolve", NoParams),
    action("reopen", NoParams),
    action("add_tags", z.strictObject({ tags: Tags.min(1).openapi({ description: "Tags to add, ignoring case" }) })),
    action(
      "remove_tags",
      z.strictObject({ tags: Tags.min(1).openapi({ description: "Tags to remove, ignoring case" }) }),
    ),
    action("mark_read", NoParams),
    action("mark_unread", NoParams),
    action("transfer", TransferTarget),
  ]);
};

const Action = bulkActionOn({});
export type BulkAction = z.output<typeof Action>;

export const BULK_RIGHTS = {
  "conversations.assign": "to assign and unassign",
  "conversations.update": "to resolve, reopen, tag and mark as read or unread",
  "conversations.transfer": "to transfer",
} as const satisfies Partial<Record<Permission, string>>;

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

/** Throws unless the caller may do this, and the agent or division of the action is there. */
export async function requireBulkAction(ctx: Ctx, input: BulkAction): Promise<void> {
  requireRight(ctx, PERMISSION_OF[input.action]);
  if (input.action === "assign") await requireAssignee(ctx, input.params.agent_id);
  if (input.action === "transfer") await requireTransferTarget(ctx, input.params);
}

export interface BulkOutcome {
  succeeded: string[];
  failed: { id: string; code: string }[];
}

/** Applies the action to each conversation. `ctxOf`: the context of one. */
export async function applyToEach(
  ctx: Ctx,
  ids: readonly string[],
  input: BulkAction,
  ctxOf: (id: string) => Ctx = () => ctx,
): Promise<BulkOutcome> {
  const command = commandOf(input);
  const outcome: BulkOutcome = { succeeded: [], failed: [] };
  const results: CommandedConversation[] = [];
  await Promise.all(
    ids.map(async (id) => {
      try {
        results.push(await commandConversation(ctxOf(id), id, command));
        outcome.succeeded.push(id);
      } catch (error) {
        if (!(error instanceof Problem)) logError("bulk_failed", error, { conversation_id: id });
        outcome.failed.push({ id, code: error instanceof Problem ? error.kind.code : "internal" });
      }
    }),
  );
  if (input.action === "mark_read") ctx.background(sendReadReceipts(ctx, results));
  return outcome;
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
