import type { Command } from "../../domain/conversation/commands";
import type { ConversationWithContact, Message } from "../../domain/conversation/wire";
import { conversationOf } from "../../objects";
import type { Survey } from "../../domain/survey";
import { type Ctx, visibilityOf } from "../../domain/context";
import { Reply } from "../../kit/operation";
import { idempotencyConflict, type ProblemKind } from "../../kit/problem";
import { withFile } from "../media/sendable";
import { csatAlreadyRated, csatExpired, csatSurveyExists } from "../csat/problems";
import {
  conversationChanged,
  conversationNotFound,
  conversationResolved,
  conversationTooManyTags,
  conversationWindowClosed,
  messageNotAllowed,
  messageReferenceUnknown,
  transferToSelf,
} from "./problems";

const PROBLEMS = {
  conversation_not_found: conversationNotFound,
  conversation_resolved: conversationResolved,
  conversation_window_closed: conversationWindowClosed,
  conversation_too_many_tags: conversationTooManyTags,
  transfer_to_self: transferToSelf,
  csat_survey_exists: csatSurveyExists,
  csat_already_rated: csatAlreadyRated,
  csat_expired: csatExpired,
  sla_facts_changed: conversationChanged,
  message_not_allowed: messageNotAllowed,
  message_reference_unknown: messageReferenceUnknown,
  idempotency_key_reused: idempotencyConflict,
} satisfies Record<string, ProblemKind>;

export interface Commanded {
  conversation: ConversationWithContact;
  message?: Message;
  /** Who had it before. */
  fromAgentId: string | null;
  survey?: Survey;
  /** Where D1 has got to by it; null if nothing changed. */
  bookmark: string | null;
  replayed: boolean;
  lastInboundExternalId: string | null;
  accountId: string;
}

/** Sends a command to a conversation on behalf of the caller: one object call, and one query if a file is sent. Throws the problem if the conversation refuses. */
export async function commandConversation(ctx: Ctx, conversationId: string, command: Command): Promise<Commanded> {
  const result = await conversationOf(ctx, conversationId).command(
    command.kind === "send" ? { ...command, message: await withFile(ctx, command.message) } : command,
    { actor: { kind: ctx.actor.kind, id: ctx.actor.id }, sees: visibilityOf(ctx.actor) },
    ctx.idempotency && {
      key: `${ctx.idempotency.caller}:${ctx.idempotency.operation}:${ctx.idempotency.key}`,
      bodyHash: ctx.idempotency.bodyHash,
    },
  );
  if (!result.ok) throw PROBLEMS[result.problem](result.detail, result.errors ? { errors: result.errors } : {});
  if (result.projected) ctx.cost.merge(result.projected);
  return { ...result, bookmark: result.projected?.bookmark ?? null };
}

/** The answer, with where D1 has got to: a read that starts from there sees the change. */
export function withBookmark(body: unknown, bookmark: string | null, more: Record<string, string> = {}): Reply {
  return new Reply(body, { ...more, ...(bookmark && { "x-d1-bookmark": bookmark }) });
}

export async function changeConversation(ctx: Ctx, conversationId: string, command: Command): Promise<Reply> {
  const { conversation, bookmark } = await commandConversation(ctx, conversationId, command);
  return withBookmark(conversation, bookmark);
}
