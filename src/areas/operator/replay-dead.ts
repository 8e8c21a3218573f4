import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { logError } from "../../kit/log";
import { publicOperation } from "../../domain/operation";

const Replay = z
  .strictObject({
    ids: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(100)
      .optional()
      .openapi({ description: "Ids of dead letters; defaults to all not replayed yet, up to 100" }),
  })
  .openapi("ReplayDeadLetters");
const Replayed = z
  .object({
    replayed: z.array(z.string()).openapi({ description: "Ids sent back to their queues" }),
    failed: z.array(z.string()).openapi({ description: "Ids that could not be sent" }),
  })
  .openapi("ReplayedDeadLetters");

export default publicOperation({
  id: "replayDeadLetters",
  summary: "Send dead letters again",
  description:
    "Returns messages to their queues. Consumers are idempotent, so replaying a message that was processed does no harm.",
  body: Replay,
  response: Replayed,
  handle: ({ ctx, body }) => replayDeadLetters(ctx, body.ids),
});

interface Row {
  id: string;
  body: string;
}

export async function replayDeadLetters(
  ctx: PublicCtx,
  ids: readonly string[] | undefined,
): Promise<z.infer<typeof Replayed>> {
  const { results } = await (
    ids
      ? ctx.control
          .prepare("SELECT id, body FROM dead_letters WHERE id IN (SELECT value FROM json_each(?))")
          .bind(JSON.stringify(ids))
      : ctx.control.prepare("SELECT id, body FROM dead_letters WHERE replayed_at IS NULL ORDER BY created_at LIMIT 100")
  ).all<Row>();
  const [replayed, failed]: [string[], string[]] = [[], []];
  for (const row of results) {
    try {
      await sendAgain(ctx, row);
      await ctx.control.prepare("UPDATE dead_letters SET replayed_at = ? WHERE id = ?").bind(ctx.now(), row.id).run();
      replayed.push(row.id);
    } catch (error) {
      logError("replay_failed", error, { dead_letter_id: row.id });
      failed.push(row.id);
    }
  }
  return { replayed, failed };
}

async function sendAgain(ctx: PublicCtx, { id, body }: Row): Promise<void> {
  const message = JSON.parse(body) as { kind?: string } | null;
  if (message?.kind === "project" || message?.kind === "outbox") return void (await ctx.env.EVENTS.send(message));
  if (message?.kind === "sweep") return void (await ctx.env.SWEEPS.send(message));
  if (message?.kind !== "parked") throw new Error("not a message of ours: it would only die again");
  // The parked row holds the update; the message only wakes its consumer.
  const { meta } = await ctx.control
    .prepare("UPDATE parked_updates SET attempts = 0, next_at = ? WHERE id = ?")
    .bind(ctx.now(), id)
    .run();
  if (meta.changes === 0) throw new Error("its update is no longer kept");
  await ctx.env.PARKED.send(message);
}
