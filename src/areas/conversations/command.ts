import { type AnswerOf, type Command, commandOf } from "../../domain/conversation/commands";
import type { ConversationWithContact } from "../../domain/conversation/wire";
import { type Ctx, visibilityOf } from "../../domain/context";
import { Reply } from "../../kit/operation";
import { idempotencyConflict, type ProblemKind } from "../../kit/problem";
import { conversationOf } from "../../objects";
import { conversationNotFound } from "./problems";

/** The refusals of every command; the others are declared by the command itself. */
const COMMON: Readonly<Record<string, ProblemKind>> = {
  conversation_not_found: conversationNotFound,
  idempotency_key_reused: idempotencyConflict,
};

export interface Commanded<Answer = unknown> {
  conversation: ConversationWithContact;
  /** The command's own part of the answer; null if it has none. */
  answer: Answer | null;
  /** D1's bookmark after the change; null if nothing changed, or it is written later. */
  bookmark: string | null;
  replayed: boolean;
  lastInboundExternalId: string | null;
  accountId: string;
}

/** Sends a command to a conversation on behalf of the caller: one object call. Throws the problem if the conversation refuses. */
export async function commandConversation<C extends Command>(
  ctx: Ctx,
  conversationId: string,
  command: C,
): Promise<Commanded<AnswerOf<C["kind"]>>> {
  const result = await conversationOf(ctx, conversationId).command(
    command,
    { actor: { kind: ctx.actor.kind, id: ctx.actor.id }, sees: visibilityOf(ctx.actor) },
    ctx.idempotency && {
      key: `${ctx.idempotency.caller}:${ctx.idempotency.operation}:${ctx.idempotency.key}`,
      bodyHash: ctx.idempotency.bodyHash,
    },
  );
  if (!result.ok) {
    const { problem, detail, errors } = result;
    const kind = COMMON[problem] ?? commandOf(command.kind).refusals[problem]!;
    throw kind(detail, errors ? { errors } : {});
  }
  if (result.projected) ctx.cost.merge(result.projected);
  return { ...result, bookmark: result.projected?.bookmark ?? null };
}

/** The answer, with D1's bookmark: a read that starts from there sees the change. */
export function withBookmark(body: unknown, bookmark: string | null, more: Record<string, string> = {}): Reply {
  return new Reply(body, { ...more, ...(bookmark && { "x-d1-bookmark": bookmark }) });
}

export async function changeConversation(ctx: Ctx, conversationId: string, command: Command): Promise<Reply> {
  const { conversation, bookmark } = await commandConversation(ctx, conversationId, command);
  return withBookmark(conversation, bookmark);
}
