import { systemContext } from "../src/areas/access/authenticate";
import { drainOutbox } from "../src/effects/outbox";
import { deliverParked } from "../src/areas/ingest/parked";
import { runNamedSweep } from "../src/sweeps/run";
import { uuidV7 } from "../src/kit/id";
import type { PublicCtx } from "../src/kit/context";
import { describeError, logError } from "../src/kit/log";
import { type ProjectMessage, QueueMessage } from "./messages";
import { projectConversations } from "./project";
import { retryDelaySeconds } from "./retry";

export const DEAD_QUEUE = "omnistream-dead";

/**
 * The only place that acknowledges, retries or stores messages as dead letters. A failed message does not affect the
 * others.
 */
export async function consume(batch: MessageBatch, ctx: PublicCtx): Promise<void> {
  if (batch.queue === DEAD_QUEUE) return storeDeadBatch(batch, ctx);
  const projects = new Map<ProjectMessage, Message>();
  for (const message of batch.messages) {
    const body = QueueMessage.safeParse(message.body);
    if (!body.success) {
      // A retry cannot help: it becomes a dead letter at once.
      await settle(ctx, batch.queue, message, () =>
        storeDeadLetter(ctx, batch.queue, message, "not a message of ours"),
      );
    } else if (body.data.kind === "project") projects.set(body.data, message);
    else await settle(ctx, batch.queue, message, () => run(ctx, body.data as Exclude<QueueMessage, ProjectMessage>));
  }
  if (projects.size === 0) return;
  const failed = await projectConversations(ctx, [...projects.keys()]);
  for (const [body, message] of projects) {
    if (failed.has(body)) await retryOrStoreDead(ctx, batch.queue, message, failed.get(body));
    else message.ack();
  }
}

async function settle(ctx: PublicCtx, queue: string, message: Message, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    message.ack();
  } catch (error) {
    await retryOrStoreDead(ctx, queue, message, error);
  }
}

async function retryOrStoreDead(ctx: PublicCtx, queue: string, message: Message, error: unknown): Promise<void> {
  const conversationId = conversationIdOf(message);
  logError("queue_retry", error, {
    queue,
    attempts: message.attempts,
    ...(conversationId && { conversation_id: conversationId }),
  });
  const delaySeconds = retryDelaySeconds(
    message.attempts,
    queue === DEAD_QUEUE ? Infinity : ctx.config.QUEUE_MAX_ATTEMPTS,
  );
  if (delaySeconds !== undefined) return message.retry({ delaySeconds });
  try {
    await storeDeadLetter(ctx, queue, message, describeError(error).split("\n")[0]!);
    message.ack();
  } catch (cause) {
    // The queue retries it, and moves it to its dead-letter queue at the end.
    logError("queue_bury", cause, { queue });
    message.retry({ delaySeconds: 300 });
  }
}

/** The id of the conversation that a wake-up is for: its failures share one dead letter. */
function conversationIdOf(message: Message): string | undefined {
  const body = QueueMessage.safeParse(message.body);
  return body.success && body.data.kind === "project" ? body.data.conversationId : undefined;
}

async function run(ctx: PublicCtx, body: Exclude<QueueMessage, ProjectMessage>): Promise<void> {
  if (body.kind === "parked") return drainParked(ctx);
  if (body.kind === "sweep") return runNamedSweep(ctx, body.name);
  const org = { id: body.orgId, tenantDb: body.tenantDb };
  await drainOutbox(systemContext(ctx, org), [body.eventId]);
}

async function drainParked(ctx: PublicCtx): Promise<void> {
  while ((await deliverParked(ctx)) > 0);
}

/** Stores the messages of the dead-letter queue, so that an operator can see and resend them (README, "Operations"). */
async function storeDeadBatch(batch: MessageBatch, ctx: PublicCtx): Promise<void> {
  for (const message of batch.messages)
    await settle(ctx, batch.queue, message, () => storeDeadLetter(ctx, batch.queue, message, "every retry failed"));
}

async function storeDeadLetter(ctx: PublicCtx, queue: string, message: Message, error: string): Promise<void> {
  const orgId = (message.body as { orgId?: unknown } | null)?.orgId;
  await ctx.control
    .prepare(
      `INSERT INTO dead_letters (id, queue, org_id, body, error, attempts, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET error = excluded.error, attempts = attempts + excluded.attempts, replayed_at = NULL`,
    )
    .bind(
      conversationIdOf(message) ?? (message.id || uuidV7(ctx.now())),
      queue,
      typeof orgId === "string" ? orgId : null,
      JSON.stringify(message.body) ?? "null",
      error,
      message.attempts,
      ctx.now(),
    )
    .run();
}
