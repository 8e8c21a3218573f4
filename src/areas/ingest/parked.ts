import type { Channel, ChannelUpdate } from "../../channels/channel";
import { MINUTE, SECOND } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { uuidV7 } from "../../kit/id";
import { describeError, logError } from "../../kit/log";
import { routesOf } from "../integrations/routes";
import { HAS_ROUTE, wakeParked } from "../integrations/unrouted";
import { deliverToConversations } from "./deliver";

/** Why an update is parked: its object was busy, no organization has the account, or its shape is not known. */
export type ParkReason = "busy" | "unrouted" | "unknown";

const MAX_ATTEMPTS = 20;
const MAX_PAYLOAD_CHARS = 500_000;

export interface Parked {
  reason: ParkReason;
  channel: string;
  account: string | null;
  updates: readonly (ChannelUpdate | { raw: unknown })[];
}

/**
 * Stores and counts updates in one batch. Throws if it fails, so that the sender delivers again. An unrouted update is
 * due at once if its account has a route now: the account may have been activated since the route was read, and nothing
 * else would wake the update.
 */
export async function park(ctx: PublicCtx, parked: readonly Parked[]): Promise<void> {
  if (parked.length === 0) return;
  const now = ctx.now();
  const day = new Date(now).toISOString().slice(0, 10);
  const rows = parked.flatMap((entry) =>
    splitIntoPayloads(entry.updates, entry.reason).map((payload) => ({ ...entry, payload })),
  );
  const results = await ctx.control.batch([
    ...rows.map((row) =>
      ctx.control
        .prepare(
          `INSERT INTO parked_updates (id, reason, channel, account, payload, next_at, created_at)
           SELECT ?1, iif(due, 'busy', ?2), ?3, ?4, ?5, iif(due, ?6, NULL), ?6 FROM (SELECT ?2 = 'busy' OR (?2 = 'unrouted' AND ${HAS_ROUTE}) AS due) RETURNING next_at`,
        )
        .bind(uuidV7(now), row.reason, row.channel, row.account, row.payload, now),
    ),
    ...parked.map((entry) =>
      ctx.control
        .prepare("INSERT INTO counters (name, day, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n")
        .bind(`webhook.${entry.reason}`, day, entry.updates.length),
    ),
  ]);
  if (results.slice(0, rows.length).some(({ results: [row] }) => (row as { next_at: number | null }).next_at !== null))
    ctx.background(wakeParked(ctx));
}

/** Splits updates into rows, since a row of D1 holds 2 MB. An update that is too large for a row is truncated. */
function splitIntoPayloads(updates: readonly unknown[], reason: ParkReason): string[] {
  const payloads: string[] = [];
  let current: string[] = [];
  let size = 0;
  for (const update of updates) {
    const text = JSON.stringify(update);
    // An update that is to be delivered later must be complete, so the channel has to deliver this one again.
    if (reason !== "unknown" && text.length > MAX_PAYLOAD_CHARS)
      throw new Error("an update is too large to be kept for later");
    const kept =
      text.length > MAX_PAYLOAD_CHARS
        ? JSON.stringify({ kind: "unknown", reason: "too large to keep whole", raw: text.slice(0, MAX_PAYLOAD_CHARS) })
        : text;
    if (size + kept.length > MAX_PAYLOAD_CHARS && current.length > 0) {
      payloads.push(`[${current.join(",")}]`);
      [current, size] = [[], 0];
    }
    current.push(kept);
    size += kept.length;
  }
  payloads.push(`[${current.join(",")}]`);
  return payloads;
}

interface ParkedRow {
  id: string;
  channel: Channel;
  account: string;
  payload: string;
  attempts: number;
}

/**
 * Delivers the parked updates that are due. Returns the number of rows that were delivered. Idempotent: objects drop
 * updates that they have seen.
 */
export async function deliverParked(ctx: PublicCtx, limit = 50): Promise<number> {
  const { results } = await ctx.control
    .prepare(
      "SELECT id, channel, account, payload, attempts FROM parked_updates WHERE next_at <= ? ORDER BY next_at LIMIT ?",
    )
    .bind(ctx.now(), limit)
    .all<ParkedRow>();
  let done = 0;
  for (const row of results) if (await deliverRow(ctx, row)) done++;
  return done;
}

async function deliverRow(ctx: PublicCtx, row: ParkedRow): Promise<boolean> {
  let problem: string;
  try {
    const route = (await routesOf(ctx, row.channel, [row.account])).get(row.account);
    const left = route?.isActive
      ? await deliverToConversations(ctx, row.channel, route, JSON.parse(row.payload) as ChannelUpdate[])
      : undefined;
    if (left?.length === 0) {
      await ctx.control.prepare("DELETE FROM parked_updates WHERE id = ?").bind(row.id).run();
      return true;
    }
    if (!left && (await isUnrouted(ctx, row))) return false;
    problem = "the conversation did not answer";
  } catch (error) {
    logError("parked_failed", error, { parked_id: row.id });
    problem = describeError(error).split("\n")[0]!;
  }
  const attempts = row.attempts + 1;
  const nextAt = ctx.now() + Math.min(30 * MINUTE, 2 ** attempts * SECOND);
  const dead = attempts >= MAX_ATTEMPTS;
  await ctx.control.batch([
    ctx.control
      .prepare("UPDATE parked_updates SET attempts = ?, last_error = ?, next_at = ? WHERE id = ?")
      .bind(attempts, problem, dead ? null : nextAt, row.id),
    ...(dead
      ? [
          ctx.control
            .prepare(
              "INSERT OR IGNORE INTO dead_letters (id, queue, body, error, attempts, created_at) VALUES (?, 'parked_updates', ?, ?, ?, ?)",
            )
            .bind(row.id, JSON.stringify({ kind: "parked", parked_id: row.id }), problem, attempts, ctx.now()),
        ]
      : []),
  ]);
  return false;
}

/** True if the account no longer has an active route: the row then waits until an account gets one. */
async function isUnrouted(ctx: PublicCtx, row: ParkedRow): Promise<boolean> {
  const { meta } = await ctx.control
    .prepare(`UPDATE parked_updates SET reason = ?2, next_at = NULL WHERE id = ?1 AND NOT ${HAS_ROUTE}`)
    .bind(row.id, "unrouted", row.channel, row.account)
    .run();
  return meta.changes > 0;
}
