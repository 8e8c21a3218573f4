import { type Projection, project, projectRow, toProjection, wakeConcerned } from "../src/effects/projection";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { logError } from "../src/kit/log";
import { type ConversationHost, oneAtATime, RETRY_MS } from "./conversation.host";
import type { DomainEvent } from "../src/domain/event";
import { searchableText, type StoredMessage } from "../src/domain/message/state";
import { inboxOf } from "../src/objects";

const MAX_RETRY_MS = 10 * MINUTE;
/** While nobody has the live inbox open, it is told of what happens in so much time at once. */
const UNHEARD_MS = SECOND;
/** Events that everybody has are kept this many deep for sockets to resume from. */
export const KEEP_EVENTS = 1000;
const EVENTS_A_FLUSH = 200;
/** What one projection may hold beside the conversation's row: D1 takes two million bytes in one parameter. */
const MAX_PROJECTION_BYTES = 500_000;
/** An estimate: what an event takes in D1's rows beside its data (ids, times, actor, figures), and a message beside its text. */
const EVENT_BYTES = 300;

/** What bringing a command to D1 cost, and where D1 has got to by it; null where there was nothing to bring, or it has to wait. */
export type Projected = { bookmark: string | null; queries: number; rowsRead: number; rowsWritten: number } | null;

/** Brings what happened to the live inbox and to D1, and keeps it until both have it. */
export class Outbox {
  readonly #host: ConversationHost;
  #prunedTo = 0;
  /** Time of the last wake-up of the consumer, in milliseconds; 0: none is outstanding. */
  #consumerWokenAt = 0;
  #gathersUntil = 0;
  /** The newest version that a consumer has read; undefined: unknown, since the object has restarted. */
  #lastVersionRead: number | undefined;
  readonly flush = oneAtATime(
    () => this.#flushAll(),
    (error) => logError("flush_delayed", error, { conversation_id: this.#host.state.id }),
  );

  constructor(host: ConversationHost) {
    this.#host = host;
  }

  // ── To D1 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What D1 does not know yet, and up to where it goes: as much as may be brought at once, and at least one event. */
  unprojected(maxBytes = MAX_PROJECTION_BYTES): Projection | undefined {
    const { store, state } = this.#host;
    const waiting = store.events(store.cursors().projected, EVENTS_A_FLUSH);
    if (waiting.length === 0) {
      // A command brought it to D1 while the consumer was on its way. The next event wakes the consumer again.
      this.#consumerWokenAt = 0;
      return undefined;
    }
    const events: DomainEvent[] = [];
    const messages = new Map<string, StoredMessage>();
    let bytes = 0;
    for (const event of waiting) {
      const { messageId } = event;
      const message = messageId === undefined || messages.has(messageId) ? undefined : store.message(messageId);
      bytes += EVENT_BYTES + bytesOf(event.data) + (message ? EVENT_BYTES + bytesOf(searchableText(message)) : 0);
      if (events.length > 0 && bytes > Math.min(maxBytes, MAX_PROJECTION_BYTES)) break;
      events.push(event);
      if (message) messages.set(message.id, message);
    }
    this.#lastVersionRead = state.version;
    return toProjection({ state, events, messages: [...messages.values()] });
  }

  /** The consumer has it in D1, as it was at this version, up to this event. */
  confirm(version: number, upTo: number): void {
    this.#advance(version, upTo);
    this.#prune();
    this.#consumerFinished();
  }

  /**
   * D1 does not take the texts of a version when it has a newer one already. So where it may have been told a newer one meanwhile,
   * nothing is confirmed, and all of it is told again.
   */
  #advance(version: number, upTo: number): void {
    if (version >= (this.#lastVersionRead ?? this.#host.state.version)) this.#host.store.advance("projected", upTo);
  }

  /** Wakes the consumer again for what came while it was on its way. */
  #consumerFinished(): void {
    const { store, state } = this.#host;
    this.#consumerWokenAt = 0;
    if (store.cursors().projected < state.seq) this.#host.waitUntil(this.flush());
  }

  #prune(): void {
    const { projected, published } = this.#host.store.cursors();
    const upTo = Math.min(projected, published) - KEEP_EVENTS;
    // In chunks: a delete for every event would cost as much as the event.
    if (upTo - this.#prunedTo < 100) return;
    this.#host.store.pruneEvents(upTo);
    this.#prunedTo = upTo;
  }

  /** Whoever calls this brings all of it to D1: the consumer need not be woken, unless that fails. */
  async projectAll(commit: () => void): Promise<Projected> {
    this.#consumerWokenAt = clock.now();
    commit();
    const projected = await this.#measured(async (cost) => {
      const projection = this.unprojected();
      if (!projection) return undefined;
      const bookmark = await project(this.#host.env, [projection], cost);
      this.#advance(projection.version, projection.upTo);
      this.#host.waitUntil(wakeConcerned(this.#host.env, this.#host.org, [projection]));
      return bookmark;
    });
    this.#consumerFinished();
    return projected;
  }

  /** Only what lists show. The rest, which search and the log need, comes with the consumer: a send is too frequent for more. */
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
      // The command stands; the queue and the alarm will bring it to D1.
      logError("projection_delayed", error, { conversation_id: this.#host.state.id });
      return null;
    }
  }

  // ── To the inbox, which wakes the consumer ───────────────────────────────────────────────────────────────────────────

  async #flushAll(): Promise<void> {
    for (;;) {
      const gatherMs = Math.min(this.#gathersUntil - clock.now(), UNHEARD_MS);
      if (gatherMs > 0) await new Promise((resolve) => setTimeout(resolve, gatherMs));
      await this.#host.learnWindows();
      const { projected, published } = this.#host.store.cursors();
      const { seq } = this.#host.state;
      // One wake-up is enough until it is confirmed: the consumer takes all there is.
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

  /** Tells the inbox, which also wakes the consumer for many conversations at once. If it cannot, we wake the consumer ourselves. */
  async #publish(after: number, wakes: boolean): Promise<void> {
    const { store, state, env, org } = this.#host;
    const events = store.events(after, EVENTS_A_FLUSH);
    const place = { assignedAgentId: state.assignedAgentId, divisionId: state.divisionId };
    const frames = events.map((event) => this.#host.frame(event));
    try {
      const isHeard = await inboxOf({ env, org }).publish(state.id, place, frames, wakes ? state.tenantDb : null);
      this.#gathersUntil = isHeard ? 0 : clock.now() + UNHEARD_MS;
    } catch (error) {
      if (wakes) await this.#wakeConsumer();
      throw error;
    }
    store.advance("published", events.at(-1)!.seq);
  }

  // ── Until both have it ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Sends for the consumer again, whoever may be on the way. */
  retry(): Promise<void> {
    this.#consumerWokenAt = 0;
    return this.flush();
  }

  /**
   * When to try again; undefined if everybody has everything. The longer the oldest has waited already, the longer: what D1 refuses
   * for good does not keep us busy.
   */
  nextTry(now: number): number | undefined {
    const { store, state } = this.#host;
    const { projected, published } = store.cursors();
    const known = Math.min(projected, published);
    if (known >= state.seq) return undefined;
    const [oldest] = store.events(known, 1);
    return now + Math.min(Math.max(RETRY_MS, now - (oldest?.at ?? now)), MAX_RETRY_MS);
  }
}

/** As JSON, in which it is brought to D1. */
const bytesOf = (value: unknown): number => (value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value)));
