import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { type Reply } from "../../kit/operation";
import { transfer } from "../../domain/conversation/commands/transfer";
import { operation } from "../../domain/operation";
import { commandConversation, withBookmark } from "../conversations/command";
import { ConversationPath } from "../conversations/model";
import { assigneeNotFound, conversationNotFound } from "../conversations/problems";
import { divisionUnknown } from "../divisions/problems";
import { requireTransferTarget, TransferTarget, transferTo } from "../conversations/transfer-target";

const Transferred = z.object({
  message: z.string(),
  conversation_id: z.uuid(),
  from_agent_id: z.uuid().nullable().openapi({ description: "The previous assignee; null if it was unassigned" }),
  to_agent_id: z.uuid().nullable().openapi({ description: "The new assignee; null if it went to a division's queue" }),
  to_division_id: z.uuid().nullable().openapi({ description: "The target division; null if none was given" }),
});

export default operation({
  id: "transferConversation",
  summary: "Transfer a conversation",
  description:
    "Transfers to an agent, to an agent of a division, or to a division. In a division without an agent, the conversation is unassigned and `pending` until the queue allocates it to another agent, or somebody takes it over or answers it.",
  params: ConversationPath,
  body: TransferTarget,
  examples: {
    "To an agent": { to_agent_id: "01a209f6-40db-7dc6-982c-79beb11de4c1", note: "Ani knows this customer" },
    "To a division": { to_division_id: "01a209f6-40db-7dc6-982c-79beb11de4c2", note: "A question about an invoice" },
  },
  response: Transferred,
  idempotent: "own",
  problems: [conversationNotFound, assigneeNotFound, divisionUnknown, ...Object.values(transfer.refusals)],
  handle: ({ ctx, params, body }) => transferConversation(ctx, params.id, body),
});

export async function transferConversation(
  ctx: Ctx,
  id: string,
  target: z.infer<typeof TransferTarget>,
): Promise<Reply> {
  await requireTransferTarget(ctx, target);
  const { answer, bookmark, replayed } = await commandConversation(ctx, id, transferTo(target));
  const transferred: z.infer<typeof Transferred> = {
    message: "conversation transferred",
    conversation_id: id,
    from_agent_id: answer!.fromAgentId,
    to_agent_id: target.to_agent_id ?? null,
    to_division_id: target.to_division_id ?? null,
  };
  return withBookmark(transferred, bookmark, replayed ? { "idempotency-replayed": "true" } : {});
}
