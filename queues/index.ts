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

/** The one loop that acknowledges, retries or buries. A message that fails takes no other with it. */
export async function consume(batch: MessageBatch, ctx: PublicCtx): Promise<void> {
  if (batch.queue === DEAD_QUEUE) return bury(batch, ctx);
  const projects = new Map<ProjectMessage, Message>();
  for (const message of batch.messages) {
    const body = QueueMessage.safeParse(message.body);
    if (!body.success) {
      // Nobody will ever understand it: straight to where it is seen.
      await settle(ctx, batch.queue, message, () => keepDead(ctx, batch.queue, message, "not a message of ours"));
    } else if (body.data.kind === "project") projects.set(body.data, message);
    else await settle(ctx, batch.queue, message, () => run(ctx, body.data as Exclude<QueueMessage, ProjectMessage>));
  }
  if (projects.size === 0) return;
  const failed = await projectConversations(ctx, [...projects.keys()]);
  for (const [body, message] of projects) {
    if (failed.has(body)) await retryOrBury(ctx, batch.queue, message, failed.get(body));
    else message.ack();
  }
}

async function settle(ctx: PublicCtx, queue: string, message: Message, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    message.ack();
  } catch (error) {
    await retryOrBury(ctx, queue, message, error);
  }
}

async function retryOrBury(ctx: PublicCtx, queue: string, message: Message, error: unknown): Promise<void> {
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
    await keepDead(ctx, queue, message, describeError(error).split("\n")[0]!);
    message.ack();
  } catch (cause) {
    // Then the queue goes on with it, and at the end its dead-letter queue has it.
    logError("queue_bury", cause, { queue });
    message.retry({ delaySeconds: 300 });
  }
}

/** A conversation has one wake-up that failed, however often it was woken. */
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

/** What no retry helped is kept where an operator sees it and can send it again (README, "Operations"). */
async function bury(batch: MessageBatch, ctx: PublicCtx): Promise<void> {
  for (const message of batch.messages)
    await settle(ctx, batch.queue, message, () => keepDead(ctx, batch.queue, message, "every retry failed"));
}

async function keepDead(ctx: PublicCtx, queue: string, message: Message, error: string): Promise<void> {
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
