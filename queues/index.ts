import { deliverParked } from "../src/areas/webhooks/parked";
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
      await keepDead(ctx, batch.queue, message, "not a message of ours");
      message.ack();
    } else if (body.data.kind === "project") projects.set(body.data, message);
    else await settle(message, () => drainParked(ctx));
  }
  if (projects.size === 0) return;
  const failed = await projectConversations(ctx, [...projects.keys()]);
  for (const [body, message] of projects) {
    if (failed.has(body)) retry(message, failed.get(body), { conversation_id: body.conversationId });
    else message.ack();
  }
}

async function settle(message: Message, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    message.ack();
  } catch (error) {
    retry(message, error, {});
  }
}

function retry(message: Message, error: unknown, fields: Record<string, unknown>): void {
  logError("queue_retry", error, { ...fields, attempts: message.attempts });
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts) });
}

async function drainParked(ctx: PublicCtx): Promise<void> {
  while ((await deliverParked(ctx)) > 0);
}

/** What no retry helped is kept where an operator sees it and can send it again (README, "Operations"). */
async function bury(batch: MessageBatch, ctx: PublicCtx): Promise<void> {
  for (const message of batch.messages) await settle(message, () => keepDead(ctx, batch.queue, message, "every retry failed"));
}

async function keepDead(ctx: PublicCtx, queue: string, message: Message, error: string): Promise<void> {
  const orgId = (message.body as { orgId?: unknown } | null)?.orgId;
  await ctx.control
    .prepare("INSERT OR IGNORE INTO dead_letters (id, queue, org_id, body, error, attempts, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)")
    .bind(message.id || uuidV7(ctx.now()), queue, typeof orgId === "string" ? orgId : null, JSON.stringify(message.body), describeError(error), message.attempts, ctx.now())
    .run();
}
