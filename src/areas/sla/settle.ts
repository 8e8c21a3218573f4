import { type BreachType, standing, stopOf } from "../../domain/sla";
import type { MeasuredCycle } from "../../domain/conversation/state";
import { MINUTE } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { ROWS } from "../../kit/rows";
import { logError } from "../../kit/log";
import { inParallel } from "../../kit/parallel";
import { Problem } from "../../kit/problem";
import { commandConversation } from "../conversations/command";
import { breachId } from "../../domain/breach-id";
import { elapsedSecs, nextDue, planOf, policyFor } from "./plan";
import { recentSlaSettings, type SlaSettings } from "./settings";

/**
 * Computes the clocks of conversations' cycles from the organization's policies and working hours, and sends the plan
 * to the objects. An object judges by its own facts and stamps each warning and breach once. Idempotent; the next
 * minute's sweep repeats what fails.
 */

const CONCURRENCY = 10;
const RETRY_AFTER_MS = 5 * MINUTE;

/** The facts of a cycle that deadlines are computed from; `seq` is the number of the event that carried them. */
export interface ClockFacts {
  conversation_id: string;
  cycle: number;
  seq: number;
  channel: string;
  division_id: string;
  opened_at: number;
  first_inbound_at: number | null;
  first_response_at: number | null;
  resolved_at: number | null;
}

interface ClockRow extends ClockFacts {
  plan: string | null;
  next_at: number | null;
}

/** The columns to write to a clock's row. */
interface Settled {
  conversation_id: string;
  cycle: number;
  /** The facts that it was computed from: if the row has newer ones, it is not written. */
  seq: number;
  version: number;
  plan: string;
  next_at: number | null;
  is_open: number;
}

interface Stopped {
  id: string;
  actual_secs: number;
  /**
   * The whole row of a breach that the object cannot stamp, because the cycle was over before the object had the plan.
   */
  missed?: {
    conversation_id: string;
    cycle: number;
    sla_policy_id: string;
    breach_type: BreachType;
    threshold_secs: number;
    breached_at: number;
  };
}

/** Settles those clocks of the conversations that are outdated or due. Returns their number. */
export async function settleClocks(ctx: Ctx, conversationIds: readonly string[], known?: SlaSettings): Promise<number> {
  const settings = known ?? (await recentSlaSettings(ctx.db));
  if (settings.version === 0) return 0;
  const clocks = await ctx.db.query<ClockRow>(
    `SELECT c.conversation_id, c.cycle, c.seq, c.channel, c.division_id, c.opened_at, c.first_inbound_at, c.first_response_at, c.resolved_at, c.plan, c.next_at
     FROM json_each(?2) i CROSS JOIN sla_clocks c ON c.org_id = ?1 AND c.conversation_id = i.value WHERE c.is_open = 1 AND (c.settings_version < ?3 OR c.next_at <= ?4)`,
    JSON.stringify([...new Set(conversationIds)]),
    settings.version,
    ctx.now(),
  );
  const settled: Settled[] = [];
  const stopped: Stopped[] = [];
  await inParallel(clocks, CONCURRENCY, async (clock) => {
    try {
      const done = await settleClock(ctx, settings, clock);
      settled.push(done.clock);
      stopped.push(...done.stopped);
    } catch (error) {
      if (!(error instanceof Problem)) logError("sla_delayed", error, { conversation_id: clock.conversation_id });
      // Retried after RETRY_AFTER_MS, or earlier if its facts change.
      settled.push({
        ...clock,
        version: settings.version,
        plan: clock.plan ?? "null",
        next_at: ctx.now() + RETRY_AFTER_MS,
        is_open: 1,
      });
    }
  });
  await write(ctx, settled, stopped);
  return clocks.length;
}

async function settleClock(
  ctx: Ctx,
  settings: SlaSettings,
  row: ClockRow,
): Promise<{ clock: Settled; stopped: Stopped[] }> {
  const now = ctx.now();
  const facts: MeasuredCycle = {
    cycle: row.cycle,
    divisionId: row.division_id || null,
    openedAt: row.opened_at,
    firstInboundAt: row.first_inbound_at,
    firstResponseAt: row.first_response_at,
    resolvedAt: row.resolved_at,
  };
  const calendar = settings.calendarOf(row.division_id);
  const plan = planOf(policyFor(settings.policies, row.channel, row.division_id), facts, calendar);
  const text = JSON.stringify(plan);
  const isDue = row.next_at !== null && row.next_at <= now;
  let isPresent = true;
  if (isDue || text !== (row.plan ?? "null")) {
    const { conversation } = await commandConversation(ctx, row.conversation_id, {
      kind: "sla",
      facts,
      plan,
      version: settings.version,
    });
    isPresent = conversation.cycle === row.cycle;
  }
  const stopped = (["first_response", "resolution"] as const).flatMap((type): Stopped[] => {
    const target = type === "first_response" ? plan?.firstResponse : plan?.resolution;
    const stop = stopOf(facts, type);
    if (stop === null) return [];
    const id = breachId(row.conversation_id, row.cycle, type);
    const isMissed =
      !isPresent && target && target.dueAt !== null && standing(target, "not_applicable", stop, now) === "breached";
    const missed = isMissed && {
      missed: {
        conversation_id: row.conversation_id,
        cycle: row.cycle,
        sla_policy_id: plan!.policyId,
        breach_type: type,
        threshold_secs: target.thresholdSecs,
        breached_at: target.dueAt!,
      },
    };
    return [{ id, actual_secs: elapsedSecs(facts, type, calendar, now), ...missed }];
  });
  const isOver = facts.resolvedAt !== null;
  return {
    clock: {
      conversation_id: row.conversation_id,
      cycle: row.cycle,
      seq: row.seq,
      version: settings.version,
      plan: text,
      next_at: nextDue(plan, facts, now),
      is_open: Number(!isOver),
    },
    stopped,
  };
}

async function write(ctx: Ctx, settled: readonly Settled[], stopped: readonly Stopped[]): Promise<void> {
  if (settled.length === 0) return;
  const missed = stopped.flatMap(({ id, actual_secs, missed: row }) => (row ? [{ id, actual_secs, ...row }] : []));
  await ctx.db.batch([
    ctx.db.sql(
      `UPDATE sla_clocks SET settings_version = r.value ->> 'version', plan = r.value ->> 'plan', next_at = r.value ->> 'next_at', is_open = r.value ->> 'is_open'
       FROM ${ROWS} WHERE sla_clocks.org_id = ?1 AND sla_clocks.conversation_id = r.value ->> 'conversation_id' AND sla_clocks.cycle = r.value ->> 'cycle'
         AND sla_clocks.seq = r.value ->> 'seq'`,
      JSON.stringify(settled),
    ),
    ctx.db.sql(
      `INSERT OR IGNORE INTO sla_breaches (id, org_id, conversation_id, cycle, sla_policy_id, breach_type, threshold_secs, actual_secs, breached_at)
       SELECT r.value ->> 'id', ?1, r.value ->> 'conversation_id', r.value ->> 'cycle', r.value ->> 'sla_policy_id', r.value ->> 'breach_type', r.value ->> 'threshold_secs',
         r.value ->> 'actual_secs', r.value ->> 'breached_at' FROM ${ROWS}`,
      JSON.stringify(missed),
    ),
    ctx.db.sql(
      `UPDATE sla_breaches SET actual_secs = r.value ->> 'actual_secs'
       FROM ${ROWS} WHERE sla_breaches.org_id = ?1 AND sla_breaches.id = r.value ->> 'id'`,
      JSON.stringify(stopped),
    ),
  ]);
}
