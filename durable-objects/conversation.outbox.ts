import { type Projection, project, projectRow, toProjection, wakeObjects } from "../src/effects/projection";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { logError } from "../src/kit/log";
import { type ConversationHost, oneAtATime, RETRY_MS } from "./conversation.host";
import type { DomainEvent } from "../src/domain/event";
import { searchableText, type StoredMessage } from "../src/domain/message/state";
import { inboxOf } from "../src/objects";

const MAX_RETRY_MS = 10 * MINUTE;
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
 * The cost of projecting a command to D1, and D1's bookmark after it; null: nothing to project, or it is projected
 * later.
 */
export type Projected = { bookmark: string | null; queries: number; rowsRead: number; rowsWritten: number } | null;

/** Delivers events to the live inbox and to D1, and keeps them until both have confirmed them (docs/adr/0002). */
export class Outbox {
  readonly #host: ConversationHost;
  #prunedTo = 0;
  /** Time of the last wake-up of the consumer, in milliseconds; 0: none is outstanding. */
  #consumerWokenAt = 0;
  /** Until this time (milliseconds) events are collected, since the inbox had no listeners. */
  #collectUntil = 0;
  /** The newest version that a consumer has read; undefined after a restart: unknown. */
  #lastVersionRead: number | undefined;
  readonly flush = oneAtATime(
    () => this.#flushAll(),
    (error) => logError("flush_delayed", error, { conversation_id: this.#host.state.id }),
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  // ── To D1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The next events that D1 does not have: at least one, and as many as fit in `maxBytes`; undefined if D1 has all. */
  unprojected(maxBytes = MAX_PROJECTION_BYTES): Projection | undefined {
    const { store, state } = this.#host;
    const waiting = store.events(store.cursors().projected, MAX_EVENTS_PER_BATCH);
    if (waiting.length === 0) {
      // A command has projected the events before the consumer came. The next event wakes the consumer again.
      this.#consumerWokenAt = 0;
      return undefined;
    }
    const events: DomainEvent[] = [];
    const messages = new Map<string, StoredMessage>();
    let bytes = 0;
    for (const event of waiting) {
      const { messageId } = event;
      const message = messageId === undefined || messages.has(messageId) ? undefined : store.message(messageId);
      bytes +=
        ROW_OVERHEAD_BYTES +
        bytesOf(event.data) +
        (message ? ROW_OVERHEAD_BYTES + bytesOf(searchableText(message)) : 0);
      if (events.length > 0 && bytes > Math.min(maxBytes, MAX_PROJECTION_BYTES)) break;
      events.push(event);
      if (message) messages.set(message.id, message);
    }
    this.#lastVersionRead = state.version;
    return toProjection({ state, events, messages: [...messages.values()] });
  }

  /** The consumer has written this version, with the events up to `upTo`, to D1. */
  confirm(version: number, upTo: number): void {
    this.#advance(version, upTo);
    this.#prune();
    this.#consumerFinished();
  }

  /**
   * D1 ignores the texts of a version that is older than its row. If a newer version may have been written meanwhile,
   * nothing is confirmed and the events are projected again.
   */
  #advance(version: number, upTo: number): void {
    if (version >= (this.#lastVersionRead ?? this.#host.state.version)) this.#host.store.advance("projected", upTo);
  }

  /** Wakes the consumer again for events that were committed while it worked. */
  #consumerFinished(): void {
    const { store, state } = this.#host;
    this.#consumerWokenAt = 0;
    if (store.cursors().projected < state.seq) this.#host.waitUntil(this.flush());
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
      const projection = this.unprojected();
      if (!projection) return undefined;
      const bookmark = await project(this.#host.env, [projection], cost);
      this.#advance(projection.version, projection.upTo);
      this.#host.waitUntil(wakeObjects(this.#host.env, this.#host.org, [projection]));
      return bookmark;
    });
    this.#consumerFinished();
    return projected;
  }

  /**
   * Projects the conversation's row alone. Sends are frequent, so the consumer writes the rows of search and the
   * activity log.
   */
  projectRow(): Promise<Projected> {
    this.#lastVersionRead = this.#host.state.version;
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

  async #flushAll(): Promise<void> {
    for (;;) {
      const gatherMs = Math.min(this.#collectUntil - clock.now(), IDLE_PUBLISH_MS);
      if (gatherMs > 0) await new Promise((resolve) => setTimeout(resolve, gatherMs));
      await this.#host.learnWindows();
      const { projected, published } = this.#host.store.cursors();
      const { seq } = this.#host.state;
      // One outstanding wake-up is enough, since the consumer reads all events.
      const wakes = projected < seq && clock.now() - this.#consumerWokenAt > RETRY_MS / 2;
      if (wakes) this.#consumerWokenAt = clock.now();
      if (published < seq) await this.#publish(published, wakes);
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
    const events = store.events(after, MAX_EVENTS_PER_BATCH);
    const scope = { assignedAgentId: state.assignedAgentId, divisionId: state.divisionId };
    const frames = events.map((event) => this.#host.frame(event));
    try {
      const hasListeners = await inboxOf({ env, org }).publish(state.id, scope, frames, wakes ? state.tenantDb : null);
      this.#collectUntil = hasListeners ? 0 : clock.now() + IDLE_PUBLISH_MS;
    } catch (error) {
      if (wakes) await this.#wakeConsumer();
      throw error;
    }
    store.advance("published", events.at(-1)!.seq);
  }

  // ── Retries ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Wakes the consumer even if a wake-up is outstanding. */
  retry(): Promise<void> {
    this.#consumerWokenAt = 0;
    return this.flush();
  }

  /**
   * The time of the next retry in milliseconds; undefined if all events are confirmed. The delay grows with the age of
   * the oldest event, so that events that D1 always refuses cause few retries.
   */
  nextAttempt(now: number): number | undefined {
    const { store, state } = this.#host;
    const { projected, published } = store.cursors();
    const confirmed = Math.min(projected, published);
    if (confirmed >= state.seq) return undefined;
    const [oldest] = store.events(confirmed, 1);
    return now + Math.min(Math.max(RETRY_MS, now - (oldest?.at ?? now)), MAX_RETRY_MS);
  }
}

/** The size as JSON, the form in which values are sent to D1. */
const bytesOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
