import type { Ctx } from "../../domain/context";
import type { EndpointQueue } from "../../domain/services";
import { HOLDS_UNTIL_ATTEMPT, retryDelayMs } from "../../domain/webhook";
import { SECOND } from "../../kit/clock";
import { ENDPOINT_COLUMNS, type EndpointRow, openEndpoint } from "./endpoint";
import { type Answer, type Endpoint, postTo } from "./post";
import { disableWebhook, type Outcome, recordOutcomes } from "./record";

/** Below the platform's six connections, beside those to the database. */
const MAX_UNDER_WAY = 4;
const PAGE = 100;
const MAX_HELD = 10_000;
/** Outcomes are written together, since each row written costs. */
const FLUSH_EVERY_MS = SECOND;
const FLUSH_AT = 50;
/** For so long a page is worked on as it was read: the webhook may have changed, or ended. */
const REREAD_MS = 5 * SECOND;
/** Answers that say that all is too much, and not this delivery. */
const IS_BUSY = new Set([429, 503]);

interface Due {
  id: string;
  entity_id: string;
  attempt: number;
  body: string;
  lane: number;
  next_at: number;
}

const DUE = (lane: 0 | 1): string =>
  `SELECT id, entity_id, attempt, body, lane, next_at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at
   WHERE org_id = ?1 AND webhook_id = ?2 AND lane = ${lane} AND next_at <= ?3 ORDER BY next_at, id LIMIT ?4`;

/**
 * The due deliveries of one webhook. One instance runs at a time, in the webhook's own object, so nothing is claimed:
 * after a crash the rows are still due, and go out again with the same id. Deliveries about one entity go one after
 * another; one that has failed holds back those behind it, for its first retries (docs/webhooks.md).
 */
export class WebhookQueue implements EndpointQueue {
  readonly #newContext: () => Ctx;
  readonly #webhookId: string;
  #ctx: Ctx;
  #isRunning = false;
  /** Something may be due that was not read. */
  #mayHaveMore = true;
  #noticed: () => void = () => {};
  #endpoint: Endpoint | undefined;
  #waiting: Due[] = [];
  /** By delivery. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #busyEntities = new Set<string>();
  /** By entity: the delivery that has failed and holds back the later ones. Undefined: not read yet. */
  #held: Map<string, Holding> | undefined;
  #outcomes: Outcome[] = [];
  #postponed: { id: string; next_at: number }[] = [];
  #flushedAt = 0;
  #readAt = 0;
  #pausedUntil = 0;
  #isGone = false;

  constructor(newContext: () => Ctx, webhookId: string) {
    this.#newContext = newContext;
    this.#webhookId = webhookId;
    this.#ctx = newContext();
  }

  async run(): Promise<number | undefined> {
    this.#mayHaveMore = true;
    this.#noticed();
    if (this.#isRunning) return undefined;
    this.#isRunning = true;
    this.#waiting = [];
    try {
      for (;;) {
        await this.#drain();
        const nextAt = await this.#nextDueAt();
        if (!this.#mayHaveMore) return nextAt;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const isOld = this.#waiting.length > 0 && this.#ctx.now() - this.#readAt >= REREAD_MS;
      if (isOld || (this.#mayHaveMore && this.#waiting.length < MAX_UNDER_WAY)) await this.#refill();
      while (this.#startNext());
      if (this.#underWay.size === 0) break;
      const noticed = new Promise<void>((resolve) => (this.#noticed = resolve));
      await Promise.race([...this.#underWay.values(), noticed]);
      const { length } = this.#outcomes;
      if (length >= FLUSH_AT || (length > 0 && this.#ctx.now() - this.#flushedAt >= FLUSH_EVERY_MS))
        await this.#flush();
    }
    await this.#flush();
  }

  async #refill(): Promise<void> {
    await this.#flush();
    this.#mayHaveMore = false;
    // A context each time, so that the session sees what other invocations have written.
    this.#ctx = this.#newContext();
    const { db } = this.#ctx;
    const [now, limit] = [this.#ctx.now(), PAGE + this.#underWay.size];
    this.#readAt = now;
    const [endpoints, urgent, bulk, held] = await db.queryAll<
      [EndpointRow[], Due[], Due[], (Holding & { entity_id: string })[]]
    >([
      db.sql(
        `SELECT ${ENDPOINT_COLUMNS} FROM webhooks WHERE org_id = ?1 AND id = ?2 AND is_active = 1`,
        this.#webhookId,
      ),
      db.sql(DUE(0), this.#webhookId, now, limit),
      db.sql(DUE(1), this.#webhookId, now, limit),
      this.#held ? db.sql("SELECT 1 WHERE ?1 IS NULL") : this.#heldStatement(),
    ]);
    this.#held ??= new Map(held.map(({ entity_id: entityId, ...holding }) => [entityId, holding]));
    this.#endpoint = endpoints[0] && (await openEndpoint(this.#ctx, endpoints[0]));
    const due = [...urgent, ...bulk].slice(0, limit);
    if (due.length === limit) this.#mayHaveMore = true;
    // What has ended since the flush was still due when it was read.
    const ended = new Set(this.#outcomes.map(({ id }) => id));
    this.#waiting = due.filter(({ id }) => !this.#underWay.has(id) && !ended.has(id));
  }

  #heldStatement(): D1PreparedStatement {
    return this.#ctx.db.sql(
      `SELECT entity_id, min(id) AS id, next_at AS until FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at
       WHERE org_id = ?1 AND webhook_id = ?2 AND lane IN (0, 1) AND next_at IS NOT NULL AND attempt BETWEEN 1 AND ${HOLDS_UNTIL_ATTEMPT - 1}
       GROUP BY entity_id LIMIT ${MAX_HELD}`,
      this.#webhookId,
    );
  }

  /** Returns false if there is nothing to start now. */
  #startNext(): boolean {
    if (!this.#endpoint || this.#isGone) {
      this.#waiting = [];
      this.#mayHaveMore = false;
      return false;
    }
    const now = this.#ctx.now();
    if (this.#underWay.size >= MAX_UNDER_WAY || now < this.#pausedUntil) return false;
    for (const [i, due] of this.#waiting.entries()) {
      if (this.#busyEntities.has(due.entity_id)) continue;
      this.#waiting.splice(i, 1);
      const holding = this.#held!.get(due.entity_id);
      // At the same time it comes behind the other, whose id is lower.
      if (holding && holding.id !== due.id && due.next_at < holding.until)
        this.#postponed.push({ id: due.id, next_at: holding.until });
      else this.#start(due, this.#endpoint);
      return true;
    }
    return false;
  }

  #start(due: Due, endpoint: Endpoint): void {
    this.#busyEntities.add(due.entity_id);
    const work = async (): Promise<void> => {
      const answer = await postTo(endpoint, due, this.#ctx.config);
      this.#settle(due, answer);
      this.#busyEntities.delete(due.entity_id);
      this.#underWay.delete(due.id);
    };
    this.#underWay.set(due.id, work());
  }

  #settle({ id, entity_id: entityId, attempt: before }: Due, answer: Answer): void {
    const [now, attempt] = [this.#ctx.now(), before + 1];
    const { isSuccess, httpStatus, retryAfterMs: wait } = answer;
    const isGone = httpStatus === 410;
    this.#isGone ||= isGone;
    const delay = isSuccess || isGone ? undefined : retryDelayMs(attempt, wait, Math.random());
    const nextAt = delay === undefined ? null : now + delay;
    if (!isSuccess && wait !== undefined && IS_BUSY.has(httpStatus ?? 0) && delay !== undefined)
      this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(wait, delay));
    if (nextAt !== null && attempt < HOLDS_UNTIL_ATTEMPT) this.#held!.set(entityId, { id, until: nextAt });
    else this.#held!.delete(entityId);
    this.#outcomes.push({
      id,
      status: isSuccess ? "success" : nextAt === null ? "dead" : "failed",
      attempt,
      next_at: nextAt,
      http_status: httpStatus,
      response_body: answer.body,
      error_message: answer.error,
      duration_ms: answer.durationMs,
      at: now,
    });
  }

  async #flush(): Promise<void> {
    const [outcomes, postponed] = [this.#outcomes, this.#postponed];
    if (outcomes.length === 0 && postponed.length === 0) return;
    [this.#outcomes, this.#postponed] = [[], []];
    this.#flushedAt = this.#ctx.now();
    let hasFailedLong: boolean;
    try {
      hasFailedLong = await recordOutcomes(this.#ctx, this.#webhookId, outcomes, postponed);
    } catch (error) {
      // The next run writes them before it reads what is due.
      this.#outcomes.unshift(...outcomes);
      this.#postponed.unshift(...postponed);
      throw error;
    }
    if (!this.#isGone && !hasFailedLong) return;
    const reason = this.#isGone ? "gone" : "failing";
    this.#endpoint = undefined;
    this.#isGone = false;
    // If this fails, the next failure switches it off.
    await disableWebhook(this.#ctx, this.#webhookId, reason);
  }

  /** When the next delivery is due; undefined if none is, or the webhook is not active. */
  async #nextDueAt(): Promise<number | undefined> {
    if (!this.#endpoint) return undefined;
    const [row] = await this.#ctx.db.query<{ at: number | null }>(
      `SELECT min(at) AS at FROM (${[0, 1]
        .map(
          (lane) =>
            `SELECT min(next_at) AS at FROM webhook_deliveries INDEXED BY idx_webhook_deliveries_next_at WHERE org_id = ?1 AND webhook_id = ?2 AND lane = ${lane} AND next_at IS NOT NULL`,
        )
        .join(" UNION ALL ")})`,
      this.#webhookId,
    );
    return row?.at == null ? undefined : Math.max(row.at, this.#pausedUntil);
  }
}

interface Holding {
  id: string;
  /** Its next attempt, in milliseconds. */
  until: number;
}
