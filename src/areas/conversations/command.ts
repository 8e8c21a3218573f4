import { type AnswerOf, type Command, commandOf } from "../../domain/conversation/commands";
import type { ConversationWithContact } from "../../domain/conversation/wire";
import { type Ctx, visibilityOf } from "../../domain/context";
import { Reply } from "../../kit/operation";
import { idempotencyConflict, type ProblemKind } from "../../kit/problem";
import type { Beginning } from "../../domain/object-apis";
import { conversationOf } from "../../objects";
import { conversationNotFound } from "./problems";

/** Refusals that every command may return; each command declares its own. */
const COMMON_REFUSALS: Readonly<Record<string, ProblemKind>> = {
  conversation_not_found: conversationNotFound,
  idempotency_key_reused: idempotencyConflict,
};

export interface CommandedConversation<Answer = unknown> {
  conversation: ConversationWithContact;
  /** The command's own part of the answer; null if it has none. */
  answer: Answer | null;
  /** D1's bookmark after the change; null if nothing changed or the change is projected later. */
  bookmark: string | null;
  /** True if the command was a retry with the same Idempotency-Key. */
  replayed: boolean;
  /** The channel's id of the customer's last message; null if there is none. */
  lastInboundExternalId: string | null;
  accountId: string;
}

/**
 * Sends a command to a conversation on behalf of the caller, in one object call. Throws the problem of a refusal. With
 * `beginning` the command begins the conversation if there is none.
 */
export async function commandConversation<C extends Command>(
  ctx: Ctx,
  conversationId: string,
  command: C,
  beginning?: Beginning,
): Promise<CommandedConversation<AnswerOf<C["kind"]>>> {
  const result = await conversationOf(ctx, conversationId).command(
    command,
    { actor: { kind: ctx.actor.kind, id: ctx.actor.id }, sees: visibilityOf(ctx.actor) },
    ctx.idempotency && {
      key: `${ctx.idempotency.caller}:${ctx.idempotency.operation}:${ctx.idempotency.key}`,
      bodyHash: ctx.idempotency.bodyHash,
    },
    beginning,
  );
  if (!result.ok) {
    const { problem, detail, errors } = result;
    const kind = COMMON_REFUSALS[problem] ?? commandOf(command.kind).refusals[problem]!;
    throw kind(detail, errors ? { errors } : {});
  }
  if (result.projected) ctx.cost.merge(result.projected);
  return { ...result, bookmark: result.projected?.bookmark ?? null };
}

/** A reply with D1's bookmark, from which a client's next read sees the change. */
export function withBookmark(body: unknown, bookmark: string | null, headers: Record<string, string> = {}): Reply {
  return new Reply(body, { ...headers, ...(bookmark && { "x-d1-bookmark": bookmark }) });
}

/** Sends a command and replies with the conversation. Throws like `commandConversation`. */
export async function changeConversation(ctx: Ctx, conversationId: string, command: Command): Promise<Reply> {
  const { conversation, bookmark } = await commandConversation(ctx, conversationId, command);
  return withBookmark(conversation, bookmark);
}
