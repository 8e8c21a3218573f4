import type { Channel, ChannelUpdate } from "../../channels/channel";
import { HOUR, MINUTE, SECOND } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { uuidV7 } from "../../kit/id";
import { describeError, logError } from "../../kit/log";
import { addInWindow, windowEndsIn } from "../../kit/rate-limit";
import { routesOf } from "../integrations/routes";
import { HAS_ROUTE, wakeParked } from "../integrations/unrouted";
import { deliverToConversations } from "./deliver";
import { summaryOf } from "./limits";
import { webhookBacklogFull } from "./problems";

/**
 * Why an update is parked: its object was busy, it is history beyond what one delivery may apply, no organization has
 * the account, or its shape is not known.
 */
export type ParkReason = "busy" | "history" | "unrouted" | "unknown";

/** Unknown updates that are customers' messages and their statuses are counted by their own reason too. */
const COUNTED_APART = new Set(["group_message", "group_status"]);

const MAX_ATTEMPTS = 20;
const MAX_PAYLOAD_CHARS = 500_000;
/** Small, so that a part of what exceeds a budget is kept. */
const MAX_UNKNOWN_PAYLOAD_CHARS = 10_000;

/**
 * Budgets in characters an hour, since everybody can make us keep something: unknown updates of an account, and what an
 * account's own secret has signed. All that own secrets sign in the month for which it is kept fits a D1 of 10 GB.
 */
const UNKNOWN_CHARS = 100_000;
const OWN_CHARS = 1_000_000;
const ALL_OWN_UNKNOWN_CHARS = 2_000_000;
const ALL_OWN_CHARS = 10_000_000;

export interface Parked {
  reason: ParkReason;
  channel: string;
  account: string | null;
  updates: readonly (ChannelUpdate | { raw: unknown })[];
}

/**
 * Stores and counts updates in one batch. Throws if it fails, so that the sender delivers again. An unrouted update is
 * due at once if its account has a route now: the account may have been activated since the route was read, and nothing
 * else would wake the update. Unknown updates beyond the budget are only counted. Updates to be delivered
 * later are never dropped: if `signer`, an account or owner, has signed them and its budget is spent, this throws
 * `webhook_backlog_full`.
 */
export async function park(ctx: PublicCtx, parked: readonly Parked[], signer?: string): Promise<void> {
  if (parked.length === 0) return;
  const now = ctx.now();
  const day = new Date(now).toISOString().slice(0, 10);
  const kept = await withinBudget(
    ctx,
    parked.flatMap((entry) => splitIntoPayloads(entry.updates, entry.reason).map((payload) => ({ ...entry, payload }))),
    signer,
  );
  const results = await ctx.control.batch([
    ...kept.map((row) =>
      ctx.control
        .prepare(
          `INSERT INTO parked_updates (id, reason, channel, account, payload, next_at, created_at)
           SELECT ?1, iif(due AND ?2 = 'unrouted', 'busy', ?2), ?3, ?4, ?5, iif(due, ?6, NULL), ?6
           FROM (SELECT ?2 IN ('busy', 'history') OR (?2 = 'unrouted' AND ${HAS_ROUTE}) AS due) RETURNING next_at`,
        )
        .bind(uuidV7(now), row.reason, row.channel, row.account, row.payload, now),
    ),
    ...countsOf(parked).map(([name, n]) =>
      ctx.control
        .prepare("INSERT INTO counters (name, day, n) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n")
        .bind(`webhook.${name}`, day, n),
    ),
  ]);
  if (results.slice(0, kept.length).some(({ results: [row] }) => (row as { next_at: number | null }).next_at !== null))
    ctx.background(wakeParked(ctx));
}

function countsOf(parked: readonly Parked[]): [name: string, n: number][] {
  const apart = parked.flatMap(({ updates }) =>
    updates.flatMap((update) => ("reason" in update && COUNTED_APART.has(update.reason) ? [update.reason] : [])),
  );
  return [
    ...parked.map(({ reason, updates }): [string, number] => [reason, updates.length]),
    ...[...Map.groupBy(apart, (reason) => reason)].map(([reason, all]): [string, number] => [reason, all.length]),
  ];
}

/** Spends the budgets. Returns the rows that they allow to be kept. Throws `webhook_backlog_full`. */
async function withinBudget<Row extends Parked & { payload: string }>(
  ctx: PublicCtx,
  rows: readonly Row[],
  signer: string | undefined,
): Promise<Row[]> {
  const budgets = rows.map((row) => budgetsOf(row, signer));
  const amounts = new Map<string, number>();
  for (const [i, each] of budgets.entries())
    for (const { name } of each) amounts.set(name, (amounts.get(name) ?? 0) + rows[i]!.payload.length);
  // Before this call; each row that is kept adds to it.
  const spent = await addInWindow(ctx, amounts, HOUR);
  for (const [name, amount] of amounts) spent.set(name, spent.get(name)! - amount);
  return rows.filter(({ reason, payload }, i) => {
    const fits = budgets[i]!.every(({ name, chars }) => spent.get(name)! + payload.length <= chars);
    if (!fits && reason !== "unknown")
      throw webhookBacklogFull(undefined, { retryAfterSeconds: windowEndsIn(ctx, HOUR) });
    if (fits) for (const { name } of budgets[i]!) spent.set(name, spent.get(name)! + payload.length);
    return fits;
  });
}

function budgetsOf(
  { reason, channel, account }: Parked,
  signer: string | undefined,
): { name: string; chars: number }[] {
  if (reason === "unknown")
    return [
      { name: `unknown:${channel}:${signer ?? account ?? ""}`, chars: UNKNOWN_CHARS },
      ...(signer === undefined ? [] : [{ name: "unknown:own", chars: ALL_OWN_UNKNOWN_CHARS }]),
    ];
  if (signer === undefined) return [];
  return [
    { name: `parked:${channel}:${signer}`, chars: OWN_CHARS },
    { name: "parked:own", chars: ALL_OWN_CHARS },
  ];
}

/** Splits updates into rows, since a row of D1 holds 2 MB. */
function splitIntoPayloads(updates: readonly object[], reason: ParkReason): string[] {
  const payloads: string[] = [];
  let current: string[] = [];
  let size = 0;
  const maxChars = reason === "unknown" ? MAX_UNKNOWN_PAYLOAD_CHARS : MAX_PAYLOAD_CHARS;
  for (const update of updates) {
    const text = JSON.stringify(reason === "unknown" ? summaryOf(update) : update);
    if (size + text.length > maxChars && current.length > 0) {
      payloads.push(`[${current.join(",")}]`);
      [current, size] = [[], 0];
    }
    current.push(text);
    size += text.length;
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
