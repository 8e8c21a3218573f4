import type { Ctx } from "../../domain/context";
import type { EndpointQueue } from "../../domain/services";
import { HOLDS_UNTIL_ATTEMPT, retryDelayMs } from "../../domain/webhook";
import { MINUTE, SECOND } from "../../kit/clock";
import { type Due, type Holding, nextDueAt, readDue } from "./due";
import { openEndpoint } from "./endpoint";
import { Pace } from "./pace";
import { type Answer, type Endpoint, postTo } from "./post";
import { disableWebhook, type Outcome, recordOutcomes } from "./record";

/** Below the platform's six connections, beside those to the database. */
const MAX_UNDER_WAY = 4;
const PAGE = 100;
/** Outcomes are written together, since each row written costs. */
const FLUSH_EVERY_MS = SECOND;
const FLUSH_AT = 50;
/** For so long a page is worked on as it was read: the webhook may have changed, or ended. */
const REREAD_MS = 5 * SECOND;
/** Wake-ups that come closer together lead to one read, since a busy organization has many in a second. */
const GATHER_MS = SECOND / 4;
/** An invocation's calls and its time are limited: a run makes fewer and is shorter, and an alarm continues. */
const MAX_CALLS_PER_RUN = 600;
const MAX_RUN_MS = 2 * MINUTE;
const CALLS_PER_READ = 4;
const CALLS_PER_FLUSH = 4;
/** Answers that say that all is too much, and not this delivery. */
const IS_BUSY = new Set([429, 503]);

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
  /** Something may have become due since the last read. */
  #isWoken = false;
  /** Something may be due that was not read. */
  #mayHaveMore = true;
  /** The same, about other entities than those of `#waiting`. */
  #mayHaveOthers = true;
  /** Something urgent may be due that was not read. */
  #mayHaveUrgent = true;
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
  readonly #pace = new Pace();
  #calls = 0;
  #endsAt = 0;
  #isGone = false;

  constructor(newContext: () => Ctx, webhookId: string) {
    this.#newContext = newContext;
    this.#webhookId = webhookId;
    this.#ctx = newContext();
  }

  async run(): Promise<number | undefined> {
    this.#isWoken = true;
    this.#noticed();
    if (this.#isRunning) return undefined;
    this.#isRunning = true;
    this.#waiting = [];
    this.#calls = 0;
    this.#endsAt = this.#ctx.now() + MAX_RUN_MS;
    try {
      for (;;) {
        await this.#drain();
        const nextAt = await this.#nextDueAt();
        const goesOn = (this.#isWoken && this.#mayGoOn()) || (this.#mayHaveMore && this.#maySend());
        // A wake-up that met the end of a run may be about deliveries that are not in `nextAt`.
        if (!goesOn) return this.#isWoken ? this.#ctx.now() : nextAt;
      }
    } finally {
      this.#isRunning = false;
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      if (this.#isWoken && this.#untilMs(this.#readAt + GATHER_MS, GATHER_MS) === 0) {
        this.#isWoken = false;
        this.#mayHaveMore = true;
        this.#mayHaveOthers = true;
        this.#mayHaveUrgent = true;
      }
      if (this.#mustRead()) await this.#refill();
      let waitMs = 0;
      do waitMs = this.#pace.waitMs(this.#ctx.now());
      while (waitMs === 0 && this.#startNext());
      const couldSend = this.#waiting.length > 0 && this.#maySend() && this.#underWay.size < MAX_UNDER_WAY;
      // The backlogs of a few entities fill the page.
      if (couldSend && waitMs === 0 && this.#mayHaveOthers) {
        await this.#refill(this.#waiting);
        continue;
      }
      const waits = [
        ...(couldSend && waitMs > 0 ? [waitMs] : []),
        ...(this.#isWoken && this.#mayGoOn() ? [this.#untilMs(this.#readAt + GATHER_MS, GATHER_MS)] : []),
        ...(this.#outcomes.length > 0 ? [this.#flushInMs()] : []),
      ];
      if (this.#underWay.size === 0 && waits.length === 0) break;
      const noticed = new Promise<void>((resolve) => {
        this.#noticed = resolve;
        if (waits.length > 0) setTimeout(resolve, Math.ceil(Math.min(...waits)));
      });
      await Promise.race([...this.#underWay.values(), noticed]);
      if (this.#outcomes.length > 0 && this.#flushInMs() === 0) await this.#flush();
    }
    await this.#flush();
  }

  /** How long until then, at most `max`: the clock may have been set back. */
  #untilMs(at: number, max: number): number {
    const ms = at - this.#ctx.now();
    return ms > max ? 0 : Math.max(0, ms);
  }

  /** Outcomes are recorded at once if the sending ends or is interrupted. */
  #flushInMs(): number {
    const isUrgent = this.#outcomes.length >= FLUSH_AT || this.#isGone || !this.#maySend();
    return isUrgent ? 0 : this.#untilMs(this.#flushedAt + FLUSH_EVERY_MS, FLUSH_EVERY_MS);
  }

  #mustRead(): boolean {
    const { length } = this.#waiting;
    if (length > 0 && this.#ctx.now() - this.#readAt >= REREAD_MS) return true;
    // Bulk deliveries let urgent ones overtake.
    if (length > 0 && this.#mayHaveUrgent && this.#waiting.every(({ lane }) => lane === 1)) return true;
    return this.#mayHaveMore && length < MAX_UNDER_WAY;
  }

  /** Reads what is due, beside `kept` and whatever else is about the same entities. */
  async #refill(kept: readonly Due[] = []): Promise<void> {
    // Postponed deliveries would be read as due.
    if (this.#postponed.length > 0 || this.#flushInMs() === 0) await this.#flush();
    if (kept.length === 0) this.#mayHaveMore = false;
    this.#mayHaveOthers = false;
    this.#mayHaveUrgent = false;
    this.#calls += CALLS_PER_READ;
    // A context each time, so that the session sees what other invocations have written.
    this.#ctx = this.#newContext();
    const [now, limit] = [this.#ctx.now(), PAGE + this.#underWay.size + this.#outcomes.length];
    if (kept.length === 0) this.#readAt = now;
    // Deliveries that have ended since the flush are still due in the database.
    const unrecorded = [...this.#outcomes];
    const {
      endpoint,
      due: found,
      held,
    } = await readDue(this.#ctx, this.#webhookId, {
      now,
      limit,
      excluded: [...new Set(kept.map((one) => one.entity_id))],
      withHeld: !this.#held,
    });
    this.#held ??= held;
    this.#endpoint = endpoint && (await openEndpoint(this.#ctx, endpoint));
    if (endpoint) this.#pace.perSecond = endpoint.max_per_second;
    // An outcome that is not recorded may have set it.
    if (endpoint && this.#outcomes.length === 0) this.#pausedUntil = endpoint.paused_until;
    const due = found.slice(0, limit);
    if (due.length === limit) {
      this.#mayHaveMore = true;
      this.#mayHaveOthers = true;
    }
    const ended = new Set([...unrecorded, ...this.#outcomes].map(({ id }) => id));
    const added = due.filter(({ id }) => !this.#underWay.has(id) && !ended.has(id));
    this.#waiting = [...kept, ...added].toSorted((one, other) => one.lane - other.lane);
  }

  /** False while the endpoint has asked for rest, and once the run has been long enough. */
  #maySend(): boolean {
    return this.#ctx.now() >= this.#pausedUntil && this.#mayGoOn();
  }

  #mayGoOn(): boolean {
    return this.#ctx.now() < this.#endsAt && this.#calls < MAX_CALLS_PER_RUN;
  }

  /** Returns false if there is nothing to start now. */
  #startNext(): boolean {
    if (!this.#endpoint || this.#isGone) {
      this.#waiting = [];
      this.#mayHaveMore = false;
      return false;
    }
    if (this.#underWay.size >= MAX_UNDER_WAY || !this.#maySend()) return false;
    const i = this.#waiting.findIndex((due) => !this.#busyEntities.has(due.entity_id));
    const due = this.#waiting[i];
    if (!due) return false;
    const holding = this.#held!.get(due.entity_id);
    if (holding && holding.id !== due.id && due.next_at < holding.until) this.#postpone(due.entity_id, holding);
    else this.#start(this.#waiting.splice(i, 1)[0]!, this.#endpoint);
    return true;
  }

  /** Puts an entity's deliveries behind the one that holds them back. Those that are due later are read again. */
  #postpone(entityId: string, { id: first, until }: Holding): void {
    const others = this.#waiting.filter((one) => one.entity_id === entityId && one.id !== first);
    this.#waiting = this.#waiting.filter((one) => !others.includes(one));
    // At the same time they come behind it, whose id is lower.
    for (const { id, next_at: at } of others) if (at < until) this.#postponed.push({ id, next_at: until });
    this.#mayHaveMore = true;
  }

  #start(due: Due, endpoint: Endpoint): void {
    this.#calls++;
    this.#pace.start(this.#ctx.now());
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
    this.#calls += CALLS_PER_FLUSH;
    let hasFailedLong: boolean;
    try {
      hasFailedLong = await recordOutcomes(this.#ctx, this.#webhookId, outcomes, postponed, this.#pausedUntil);
    } catch (error) {
      // The next run writes them.
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
    const at = this.#endpoint && (await nextDueAt(this.#ctx, this.#webhookId));
    return at === undefined ? undefined : Math.max(at, this.#pausedUntil);
  }
}
