import type { Message } from "../../domain/conversation/wire";
import type { Content } from "../../channels/channel";
import { HOUR, MINUTE } from "../../kit/clock";
import type { Actor, Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { ROWS } from "../../kit/rows";
import { uuidV5 } from "../../kit/id";
import { logError } from "../../kit/log";
import { Problem } from "../../kit/problem";
import { parsePermissions } from "../../domain/permissions";
import { type SendMessageRequest, sendMessage } from "../messages/send";

/** How long a claim lasts; after that the message is claimed again. */
const LEASE_MS = MINUTE;
/**
 * Give up after 12 hours: the conversation forgets idempotency keys after 24 hours, and a duplicate is worse than a
 * visible failure.
 */
const GIVE_UP_AFTER_MS = 12 * HOUR;
const CONCURRENCY = 20;

interface DueRow {
  id: string;
  conversation_id: string;
  scheduled_by: string | null;
  actor_kind: Actor["kind"];
  api_key_id: string | null;
  msg_type: SendMessageRequest["type"];
  content: string;
  scheduled_at: number;
  claimed_at: number;
}

type Outcome =
  | { id: string; status: "sent"; message_id: string; sent_at: number }
  | { id: string; status: "failed"; error_message: string };

/**
 * Sends due messages of one tenant, each once: a concurrent run finds nothing to claim, and a message whose outcome was
 * not recorded (a crash) is recognised by its idempotency key in the conversation. Returns the number of recorded
 * outcomes.
 */
export async function sendDueMessages(ctx: Ctx, ids: readonly string[]): Promise<number> {
  const now = ctx.now();
  const [claimed, senders, keys, org] = await ctx.db.batch([
    ctx.db.sql(
      `UPDATE scheduled_messages SET status = 'processing', claimed_at = coalesce(claimed_at, ?3), next_at = ?4
       WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND next_at <= ?3
       RETURNING id, conversation_id, scheduled_by, actor_kind, api_key_id, msg_type, content, scheduled_at, claimed_at`,
      JSON.stringify(ids),
      now,
      now + LEASE_MS,
    ),
    ctx.db.sql(
      `SELECT a.id, a.full_name, r.permissions FROM agents a JOIN roles r ON r.id = a.role_id AND r.org_id = a.org_id
       WHERE a.org_id = ?1 AND a.status = 'active' AND a.id IN (SELECT scheduled_by FROM scheduled_messages WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)))`,
      JSON.stringify(ids),
    ),
    ctx.db.sql(
      `SELECT id FROM api_keys WHERE org_id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?3)
       AND id IN (SELECT api_key_id FROM scheduled_messages WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)))`,
      JSON.stringify(ids),
      now,
    ),
    ctx.db.sql("SELECT status FROM orgs WHERE org_id = ?1"),
  ]);
  const rows = (claimed!.results as DueRow[]).toSorted(
    (a, b) => a.scheduled_at - b.scheduled_at || (a.id < b.id ? -1 : 1),
  );
  const authors = new Map(
    (senders!.results as { id: string; full_name: string; permissions: string }[]).map((row) => [
      row.id,
      { name: row.full_name, permissions: parsePermissions(row.permissions) },
    ]),
  );
  const goodKeys = new Set((keys!.results as { id: string }[]).map((row) => row.id));
  const isOrgActive = (org!.results as { status: string }[])[0]?.status === "active";
  const refusalOf = (row: DueRow): string | undefined => {
    if (!isOrgActive) return "The organization was suspended when it was due";
    const ofAgent = row.scheduled_by === null ? undefined : (authors.get(row.scheduled_by)?.permissions ?? []);
    if (ofAgent && !ofAgent.includes("messages.send")) return "The agent who scheduled it may not send any more";
    // A key's type and scopes never change, so it only has to be valid, and its owner entitled to use keys.
    const isKeyInvalid =
      row.api_key_id !== null && !(goodKeys.has(row.api_key_id) && ofAgent?.includes("developer.access"));
    if (isKeyInvalid) return "The API key that scheduled it is revoked, has expired or may not be used any more";
    if (now - row.claimed_at > GIVE_UP_AFTER_MS)
      return "It was not confirmed for 12 hours; the conversation shows whether it was sent";
    return undefined;
  };

  const outcomes: Outcome[] = [];
  // The messages of one conversation are sent in sequence, in the order of their times.
  const queue = [...Map.groupBy(rows, (row) => row.conversation_id).values()];
  const worker = async (): Promise<void> => {
    for (let ofConversation = queue.shift(); ofConversation; ofConversation = queue.shift()) {
      for (const row of ofConversation) {
        const refusal = refusalOf(row);
        const outcome =
          refusal === undefined
            ? await sendOne(ctx, row, authors.get(row.scheduled_by ?? "")?.name)
            : failed(row, refusal);
        if (!outcome) break;
        outcomes.push(outcome);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, worker));
  await recordOutcomes(ctx, outcomes);
  return outcomes.length;
}

const failed = ({ id }: DueRow, error: string): Outcome => ({ id, status: "failed", error_message: cut(error, 500) });

/** Undefined if the outcome is unknown: the claim stays and the message is tried again when the lease ends. */
async function sendOne(ctx: Ctx, row: DueRow, author: string | undefined): Promise<Outcome | undefined> {
  // The message has its author but the system's visibility: the author saw the conversation when scheduling it, even if
  // it has been transferred since.
  const asAgent: Ctx = Object.assign(Object.create(null) as object, ctx, {
    actor: {
      ...ctx.actor,
      kind: row.actor_kind,
      id: row.scheduled_by,
      ...(author !== undefined && { name: author }),
    } satisfies Actor,
    idempotency: { caller: "scheduled", operation: "sendMessage", key: row.id, bodyHash: row.id },
  });
  try {
    const { body } = await sendMessage(
      asAgent,
      row.conversation_id,
      { type: row.msg_type, content: JSON.parse(row.content) as Content },
      true,
    );
    return { id: row.id, status: "sent", message_id: (body as Message)._id, sent_at: ctx.now() };
  } catch (error) {
    if (error instanceof Problem && error.kind.status < 500) return failed(row, error.message);
    logError("scheduled_message_delayed", error, {
      conversation_id: row.conversation_id,
      scheduled_message_id: row.id,
    });
    return undefined;
  }
}

/** Records all outcomes in one transaction, and failures in the activity log. Idempotent. */
async function recordOutcomes(ctx: Ctx, outcomes: readonly Outcome[]): Promise<void> {
  if (outcomes.length === 0) return;
  const failures = outcomes.filter((outcome) => outcome.status === "failed");
  await ctx.db.batch([
    ctx.db.sql(
      `UPDATE scheduled_messages SET status = r.value ->> 'status', message_id = r.value ->> 'message_id', sent_at = r.value ->> 'sent_at', error_message = r.value ->> 'error_message', next_at = NULL
       FROM ${ROWS} WHERE scheduled_messages.org_id = ?1 AND scheduled_messages.id = r.value ->> 'id' AND scheduled_messages.status = 'processing'`,
      JSON.stringify(outcomes),
    ),
    ctx.db.sql(
      `INSERT INTO activity_logs (id, org_id, actor_kind, actor_id, action, entity_type, entity_id, changes, created_at)
       SELECT r.value ->> 'activity_id', ?1, 'system', NULL, 'scheduled_message.fail', 'scheduled_message', r.value ->> 'id', json_object('error_message', json_array(NULL, r.value ->> 'error_message')), ?3
       FROM ${ROWS} WHERE NOT EXISTS (SELECT 1 FROM activity_logs l INDEXED BY idx_activity_logs_org_id_entity
         WHERE l.org_id = ?1 AND l.entity_type = 'scheduled_message' AND l.entity_id = r.value ->> 'id' AND l.action = 'scheduled_message.fail')`,
      JSON.stringify(failures.map((outcome) => ({ ...outcome, activity_id: uuidV5(outcome.id, "failed") }))),
      ctx.now(),
    ),
  ]);
}
