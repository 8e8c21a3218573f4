import {
  type Projection,
  project,
  projectedSeqs,
  projectRow,
  toProjection,
  wakeObjects,
} from "../src/effects/projection";
import { configOf } from "../src/config";
import { MAX_PAYLOAD_BYTES } from "../src/domain/webhook";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { logError } from "../src/kit/log";
import { bytesOf, nextArrival } from "./conversation.arrival";
import { reportCampaigns } from "./conversation.campaign";
import { type ConversationHost, oneAtATime, RETRY_MS } from "./conversation.host";
import { type DomainEvent, subscribableTypesOf } from "../src/domain/event";
import type { Projected } from "../src/domain/object-apis";
import type { LiveFrame } from "../src/domain/live-frames";
import { searchableText, type StoredMessage } from "../src/domain/message/state";
import { inboxOf } from "../src/objects";

const MAX_RETRY_MS = 10 * MINUTE;
/** A consumer that was woken and has not come by then has failed. */
const MAX_CONSUMER_MS = 5 * SECOND;
/** Events are published to an inbox without listeners at most once in this time. */
const IDLE_PUBLISH_MS = SECOND;
/** The number of newest events that are kept for sockets to resume from. */
export const KEEP_EVENTS = 1000;
const MAX_EVENTS_PER_BATCH = 200;
/** The most bytes of a projection beside the conversation's row. D1 takes 2,000,000 bytes in one parameter. */
const MAX_PROJECTION_BYTES = 500_000;
/**
 * An estimate of an event's size in D1's rows beside its data (ids, times, actor, figures), and of a message's beside
 * its text.
 */
const ROW_OVERHEAD_BYTES = 300;

/**
 * Delivers events to the live inbox and to D1, and keeps them until both have them (docs/adr/0002). While something may
 * be undelivered, an alarm is set.
 */
export class Outbox {
  readonly #host: ConversationHost;
  #prunedTo = 0;
  /** Time of the last wake-up of the consumer, in milliseconds; 0: none is outstanding. */
  #consumerWokenAt = 0;
  /** The last event that a consumer has read. It may not be in D1. */
  #lastRead = 0;
  /** Until this time (milliseconds) events are collected, since the inbox had no listeners. */
  #collectUntil = 0;
  /** The inbox may have events up to this number that it has not confirmed: after a restart, and after a failed call. */
  #repeatUpTo = 0;
  readonly flush = oneAtATime(
    () => this.#flushAll(),
    (error) => {
      logError("flush_delayed", error, { conversation_id: this.#host.state.id });
      this.#host.wakeBy(clock.now() + RETRY_MS);
    },
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  /**
   * Begins after a start. Without an alarm, and without work that has one, nothing was undelivered, although the stored
   * cursors may be behind; otherwise something may have been.
   */
  resume(hasAlarm: boolean): void {
    const { store, state } = this.#host;
    if (hasAlarm) {
      this.#repeatUpTo = state.seq;
      return;
    }
    store.advance("projected", state.seq);
    store.advance("published", state.seq);
  }

  /** An alarm runs of which the start did not know: something may be undelivered after all. */
  doubtDelivery(): void {
    this.#host.store.rereadCursors();
    this.#repeatUpTo = this.#host.state.seq;
  }

  /** Whether there are events that the inbox may not have. */
  get hasUnpublished(): boolean {
    return this.#host.store.cursors().published < this.#host.state.seq;
  }

  // ── To D1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The events after `projectedSeq`, which D1 has: at least one, and as many as fit in `maxBytes`; undefined if D1 has
   * all.
   */
  unprojected(projectedSeq: number, maxBytes = MAX_PROJECTION_BYTES): Projection | undefined {
    this.#advance(projectedSeq);
    this.#prune();
    const { store, state } = this.#host;
    const waiting = store.events(store.cursors().projected, MAX_EVENTS_PER_BATCH);
    // The next event wakes the consumer again.
    this.#consumerWokenAt = 0;
    if (waiting.length === 0) return undefined;
    // Otherwise what webhooks subscribe to could be left out.
    if (this.#host.settings === undefined) throw new Error("the organization's settings are not known");
    const events: DomainEvent[] = [];
    const messages = new Map<string, StoredMessage>();
    const frames: LiveFrame[] = [];
    let bytes = 0;
    for (const event of waiting) {
      const { messageId } = event;
      const message = messageId === undefined || messages.has(messageId) ? undefined : store.message(messageId);
      bytes +=
        ROW_OVERHEAD_BYTES +
        bytesOf(event.data) +
        (message ? ROW_OVERHEAD_BYTES + bytesOf(searchableText(message)) : 0);
      const frame = this.#isSubscribed(event) ? this.#host.frame(event) : undefined;
      if (frame) bytes += Math.min(bytesOf(frame), MAX_PAYLOAD_BYTES);
      if (events.length > 0 && bytes > Math.min(maxBytes, MAX_PROJECTION_BYTES)) break;
      events.push(event);
      if (frame) frames.push(frame);
      if (message) messages.set(message.id, message);
    }
    this.#lastRead = Math.max(this.#lastRead, events.at(-1)!.seq);
    if (events.at(-1)!.seq < state.seq) this.#host.waitUntil(this.flush());
    const types = this.#host.settings.subscribed;
    return toProjection({
      state,
      events,
      messages: [...messages.values()],
      ...(types.size > 0 && { subscribed: { types, frames, publicUrl: configOf(this.#host.env).PUBLIC_URL } }),
    });
  }

  #isSubscribed(event: DomainEvent): boolean {
    const subscribed = this.#host.settings?.subscribed;
    return (
      subscribed !== undefined && subscribed.size > 0 && subscribableTypesOf(event).some((type) => subscribed.has(type))
    );
  }

  /** Whether nothing in D1 needs the event: a tick to which no webhook subscribes, as far as known. */
  #isSkipped(event: DomainEvent): boolean {
    return event.isTick === true && this.#host.settings !== undefined && !this.#isSubscribed(event);
  }

  /** D1 has the events up to `seq`. Ticks that follow need not be written. */
  #advance(seq: number): void {
    const { store } = this.#host;
    store.advance("projected", seq);
    for (;;) {
      const waiting = store.events(store.cursors().projected, MAX_EVENTS_PER_BATCH);
      const other = waiting.findIndex((event) => !this.#isSkipped(event));
      const ticks = other === -1 ? waiting : waiting.slice(0, other);
      if (ticks.length > 0) store.advance("projected", ticks.at(-1)!.seq);
      if (ticks.length < MAX_EVENTS_PER_BATCH) return;
    }
  }

  #prune(): void {
    const { projected, published } = this.#host.store.cursors();
    const upTo = Math.min(projected, published) - KEEP_EVENTS;
    // In chunks, since a delete per event would cost as much as its insert.
    if (upTo - this.#prunedTo < 100) return;
    this.#host.store.pruneEvents(upTo);
    this.#prunedTo = upTo;
  }

  /** Commits, then projects all events to D1 without the consumer. If that fails, the consumer is woken. */
  async projectAll(commit: () => void): Promise<Projected> {
    this.#consumerWokenAt = clock.now();
    commit();
    const projected = await this.#measured(async (cost) => {
      const projection = this.unprojected(this.#host.store.cursors().projected);
      if (!projection) return undefined;
      this.#consumerWokenAt = clock.now();
      const bookmark = await project(this.#host.env, [projection], cost);
      this.#advance(projection.upTo);
      this.#host.waitUntil(wakeObjects(this.#host.env, this.#host.org, [projection]));
      return bookmark;
    });
    // For events that were committed meanwhile, or whose projection failed.
    this.#consumerWokenAt = 0;
    this.#lastRead = this.#host.store.cursors().projected;
    if (this.#awaitsConsumer()) this.#host.waitUntil(this.flush());
    return projected;
  }

  /**
   * Projects the conversation's row alone. Sends are frequent, so the consumer writes the rows of search and the
   * activity log.
   */
  projectRow(): Promise<Projected> {
    return this.#measured((cost) => projectRow(this.#host.env, this.#host.state, cost));
  }

  async #measured(work: (cost: Cost) => Promise<string | null | undefined>): Promise<Projected> {
    try {
      const cost = new Cost();
      const bookmark = await work(cost);
      return bookmark === undefined
        ? null
        : { bookmark, queries: cost.queries, rowsRead: cost.rowsRead, rowsWritten: cost.rowsWritten };
    } catch (error) {
      // The command is committed; the consumer or the alarm projects it.
      logError("projection_delayed", error, { conversation_id: this.#host.state.id });
      return null;
    }
  }

  // ── To the inbox, which wakes the consumer ───────────────────────────────────────────────────────────────────────────

  /** Whether there are events for D1 that no consumer has read. Among many there is one. */
  #awaitsConsumer(): boolean {
    const { store, state } = this.#host;
    const from = Math.max(store.cursors().projected, this.#lastRead);
    const waiting = from < state.seq ? store.events(from, MAX_EVENTS_PER_BATCH) : [];
    return waiting.length === MAX_EVENTS_PER_BATCH || waiting.some((event) => !this.#isSkipped(event));
  }

  async #flushAll(): Promise<void> {
    for (;;) {
      const gatherMs = Math.min(this.#collectUntil - clock.now(), IDLE_PUBLISH_MS);
      if (gatherMs > 0) await new Promise((resolve) => setTimeout(resolve, gatherMs));
      await this.#host.learnSettings();
      this.#advance(0);
      const { published } = this.#host.store.cursors();
      // One outstanding wake-up is enough, since the consumer reads all events.
      const wakes = this.#awaitsConsumer() && clock.now() - this.#consumerWokenAt > MAX_CONSUMER_MS;
      if (wakes) this.#consumerWokenAt = clock.now();
      if (published < this.#host.state.seq) await this.#publish(published, wakes);
      else if (wakes) await this.#wakeConsumer();
      else return;
    }
  }

  async #wakeConsumer(): Promise<void> {
    const { id, orgId, tenantDb } = this.#host.state;
    await this.#host.env.EVENTS.send({ kind: "project", orgId, tenantDb, conversationId: id });
  }

  /**
   * Publishes to the inbox, which also wakes the consumer for many conversations at once. If that fails, the consumer
   * is woken here.
   */
  async #publish(after: number, wakes: boolean): Promise<void> {
    const { store, state, env, org } = this.#host;
    const { arrival, upTo } = nextArrival(this.#host, after, after < this.#repeatUpTo);
    try {
      const [hasListeners] = await Promise.all([
        inboxOf({ env, org }).publish(arrival, wakes ? state.tenantDb : null),
        reportCampaigns(this.#host, after, upTo),
      ]);
      this.#collectUntil = hasListeners ? 0 : clock.now() + IDLE_PUBLISH_MS;
    } catch (error) {
      this.#repeatUpTo = Math.max(this.#repeatUpTo, upTo);
      if (wakes) await this.#wakeConsumer();
      throw error;
    }
    store.advance("published", upTo);
  }

  // ── Retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Called by the alarm: repeats what is undelivered. */
  async retry(): Promise<void> {
    const { state, store } = this.#host;
    if (store.cursors().projected < state.seq) {
      // The inbox does not wait for D1.
      await this.learnProjected().catch((error: unknown) =>
        logError("projected_unknown", error, { conversation_id: state.id }),
      );
      this.#lastRead = store.cursors().projected;
      this.#consumerWokenAt = 0;
    }
    await this.flush();
  }

  /** Asks D1 which events it has. */
  async learnProjected(): Promise<void> {
    const { env, org, state } = this.#host;
    const seqs = await projectedSeqs(env, org, [state.id]);
    this.#advance(seqs.get(state.id) ?? 0);
  }

  /**
   * The time of the next retry in milliseconds; undefined if all events are delivered. The delay grows with the age of
   * the oldest event, so that events that D1 always refuses cause few retries.
   */
  nextAttempt(now: number): number | undefined {
    const { store, state } = this.#host;
    const { projected, published } = store.cursors();
    const delivered = Math.min(projected, published);
    if (delivered >= state.seq) return undefined;
    const [oldest] = store.events(delivered, 1);
    return now + Math.min(Math.max(RETRY_MS, now - (oldest?.at ?? now)), MAX_RETRY_MS);
  }
}
