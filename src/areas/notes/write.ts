import type { NoteCommand } from "../../domain/note/state";
import type { ConversationNote } from "../../domain/note/wire";
import { conversationOf } from "../../objects";
import { type Ctx, visibilityOf } from "../../domain/context";
import { idempotencyConflict, type ProblemKind } from "../../kit/problem";
import { conversationNotFound } from "../conversations/problems";
import { mentionsIn } from "./model";
import { noteMentionUnknown, noteNotFound, noteNotOwn } from "./problems";

const PROBLEMS = {
  conversation_not_found: conversationNotFound,
  note_not_found: noteNotFound,
  note_not_own: noteNotOwn,
  idempotency_key_reused: idempotencyConflict,
} satisfies Record<string, ProblemKind>;

export interface Written {
  note: ConversationNote | null;
  bookmark: string | null;
  replayed: boolean;
}

/** Asks a conversation to write a note, on behalf of the caller. One object call. Throws what it refuses. */
export async function writeNote(ctx: Ctx, conversationId: string, command: NoteCommand): Promise<Written> {
  const result = await conversationOf(ctx, conversationId).note(
    command,
    { actor: { kind: ctx.actor.kind, id: ctx.actor.id }, sees: visibilityOf(ctx.actor) },
    ctx.idempotency && {
      key: `${ctx.idempotency.caller}:${ctx.idempotency.operation}:${ctx.idempotency.key}`,
      bodyHash: ctx.idempotency.bodyHash,
    },
  );
  if (!result.ok) throw PROBLEMS[result.problem]();
  if (result.projected) ctx.cost.merge(result.projected);
  return { note: result.note, bookmark: result.projected?.bookmark ?? null, replayed: result.replayed };
}

export async function namesOf(ctx: Ctx, agentIds: readonly (string | null)[]): Promise<Map<string, string>> {
  const ids = [...new Set(agentIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await ctx.db.query<{ id: string; full_name: string }>(
    "SELECT id, full_name FROM agents WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(ids),
  );
  return new Map(rows.map((row) => [row.id, row.full_name]));
}

/** The names of the agents that a text mentions, and of one more. Throws `note_mention_unknown`. Whoever has left may still be named. */
export async function requireMentioned(
  ctx: Ctx,
  content: string,
  author: string | null,
): Promise<{ mentions: string[]; names: Map<string, string> }> {
  const mentions = mentionsIn(content);
  const names = await namesOf(ctx, [author, ...mentions]);
  const unknown = mentions.filter((id) => !names.has(id));
  if (unknown.length > 0)
    throw noteMentionUnknown(undefined, {
      errors: unknown.map((id) => ({ field: "content", message: `agent ${id} does not exist` })),
    });
  return { mentions, names };
}
