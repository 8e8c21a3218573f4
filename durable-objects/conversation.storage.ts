import type { ConversationState } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import { firstMessageIdAfter } from "../src/domain/ids";
import { isReaction, type StoredMessage } from "../src/domain/message/state";
import type { StoredNote } from "../src/domain/note/state";
import { applyVersions, CONVERSATION_VERSIONS, hasTables } from "./versions";

/** The number of most recently written rows that are cached. */
const CACHED_MESSAGES = 16;
const CACHED_EVENTS = 16;

export interface Outgoing {
  message_id: string;
  /** `unknown`: sent without an answer; waits until `next_at` for a status. */
  phase: "queued" | "sending" | "unknown";
  attempts: number;
  /** The number of attempts without an answer. */
  doubts: number;
  /** Milliseconds. */
  next_at: number;
}

export interface MediaJob {
  message_id: string;
  attempts: number;
  next_at: number;
}

/** A message in its wire form (JSON), or its stored form in `doc` if the wire form is not stored. */
export type PageRow = { id: string; wire: string; doc: null } | { id: string; wire: null; doc: string };

/** The number of the last event that D1 (`projected`) and the inbox (`published`) have confirmed. */
export interface Cursors {
  projected: number;
  published: number;
}

/** A conversation's tables, without decisions. The caller groups the writes of one step in a transaction. */
export class ConversationStorage {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  #ready = false;
  #cursors: Cursors | undefined;
  #cursorsMoved = false;
  /** The newest rows, which a commit's readers would otherwise read and parse at once. Readers must not change them. */
  readonly #recent = { events: [] as DomainEvent[], messages: new Map<string, StoredMessage>() };

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /**
   * Migrates existing tables and returns the state. Writes nothing if there are none, so that a read creates no object.
   */
  open(): ConversationState | undefined {
    if (!hasTables(this.#sql)) return undefined;
    this.#migrate();
    const [row] = this.#sql.exec<{ doc: string }>("SELECT doc FROM state").toArray();
    return row && (JSON.parse(row.doc) as ConversationState);
  }

  /** Creates the tables. */
  create(): void {
    this.#migrate();
  }

  /** Deletes all data and the alarm. */
  async clear(): Promise<void> {
    await this.#storage.deleteAll();
    this.#ready = false;
    this.#cursors = undefined;
  }

  #migrate(): void {
    if (this.#ready) return;
    applyVersions(this.#sql, CONVERSATION_VERSIONS);
    this.#ready = true;
  }

  transaction<T>(work: () => T): T {
    const ready = this.#ready;
    try {
      return this.#storage.transactionSync(() => {
        const result = work();
        this.saveCursors();
        return result;
      });
    } catch (error) {
      this.#recent.events.length = 0;
      this.#recent.messages.clear();
      // The rollback has also removed tables that the transaction created.
      this.#ready = ready;
      if (!ready) this.#cursors = undefined;
      throw error;
    }
  }

  saveState(state: ConversationState): void {
    this.#sql.exec(
      "INSERT INTO state (id, doc) VALUES (1, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
      JSON.stringify(state),
    );
  }

  /**
   * `wire`: the message's JSON in the API, so that pages need no serialisation; null if it changes with time (signed
   * links).
   */
  saveMessage(message: StoredMessage, wire: string | null): void {
    this.#sql.exec(
      "INSERT INTO messages (id, external_id, doc, wire, is_reaction) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, doc = excluded.doc, wire = excluded.wire",
      message.id,
      message.externalId,
      JSON.stringify(message),
      wire,
      isReaction(message) ? 1 : 0,
    );
    const { messages } = this.#recent;
    messages.delete(message.id);
    messages.set(message.id, message);
    if (messages.size > CACHED_MESSAGES) messages.delete(messages.keys().next().value!);
  }

  message(id: string): StoredMessage | undefined {
    const known = this.#recent.messages.get(id);
    if (known) return known;
    const [row] = this.#sql.exec<{ doc: string }>("SELECT doc FROM messages WHERE id = ?", id).toArray();
    return row && (JSON.parse(row.doc) as StoredMessage);
  }

  messageByExternalId(externalId: string): StoredMessage | undefined {
    const [row] = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM messages WHERE external_id = ?", externalId)
      .toArray();
    return row && (JSON.parse(row.doc) as StoredMessage);
  }

  /**
   * Outbound messages that are sent or delivered and not read, among the newest 200 written up to `at` (milliseconds).
   */
  sentUpTo(at: number): StoredMessage[] {
    return this.#sql
      .exec<{ doc: string }>(
        `SELECT doc FROM (SELECT doc FROM messages WHERE id < ? ORDER BY id DESC LIMIT 200)
         WHERE doc ->> 'direction' = 'outbound' AND doc ->> 'status' IN ('sent', 'delivered')`,
        firstMessageIdAfter(at),
      )
      .toArray()
      .map(({ doc }) => JSON.parse(doc) as StoredMessage);
  }

  /**
   * The messages before `before`, or the newest; newest first, without agents' reactions. Returns one more than `limit`
   * if there are more.
   */
  page(before: string | undefined, limit: number): PageRow[] {
    const columns = "SELECT id, wire, iif(wire IS NULL, doc, NULL) AS doc FROM messages WHERE is_reaction = 0";
    return before === undefined
      ? this.#sql.exec<PageRow>(`${columns} ORDER BY id DESC LIMIT ?`, limit + 1).toArray()
      : this.#sql.exec<PageRow>(`${columns} AND id < ? ORDER BY id DESC LIMIT ?`, before, limit + 1).toArray();
  }

  saveNote(note: StoredNote): void {
    this.#sql.exec(
      "INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
      note.id,
      JSON.stringify(note),
    );
  }

  removeNote(id: string): void {
    this.#sql.exec("DELETE FROM notes WHERE id = ?", id);
  }

  note(id: string): StoredNote | undefined {
    const [row] = this.#sql.exec<{ doc: string }>("SELECT doc FROM notes WHERE id = ?", id).toArray();
    return row && (JSON.parse(row.doc) as StoredNote);
  }

  /** The notes before `before`, or the newest; newest first. */
  notes(before: string | undefined, limit: number): StoredNote[] {
    // Every id sorts before "~".
    const rows = this.#sql.exec<{ doc: string }>(
      "SELECT doc FROM notes WHERE id < ? ORDER BY id DESC LIMIT ?",
      before ?? "~",
      limit,
    );
    return rows.toArray().map((row) => JSON.parse(row.doc) as StoredNote);
  }

  /** Records an update's id. Returns false if it was recorded before. */
  markSeen(externalId: string): boolean {
    return this.#sql.exec("INSERT OR IGNORE INTO seen VALUES (?)", externalId).rowsWritten > 0;
  }

  /**
   * Keeps an update that arrived before its message, and deletes those kept before `forgetBefore`, whose message never
   * came.
   */
  keepEarly(externalId: string, what: string, doc: unknown, at: number, forgetBefore: number): void {
    this.#sql.exec("DELETE FROM early_updates WHERE kept_at < ?", forgetBefore);
    this.#sql.exec(
      "INSERT OR IGNORE INTO early_updates VALUES (?, ?, ?, ?)",
      externalId,
      what,
      JSON.stringify(doc),
      at,
    );
  }

  /** Returns and deletes the updates kept for a message, in the order of their arrival. */
  takeEarly<T>(externalId: string): T[] {
    const docs = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM early_updates WHERE external_id = ? ORDER BY kept_at", externalId)
      .toArray();
    if (docs.length > 0) this.#sql.exec("DELETE FROM early_updates WHERE external_id = ?", externalId);
    return docs.map((row) => JSON.parse(row.doc) as T);
  }

  appendEvent(event: DomainEvent): void {
    this.#sql.exec("INSERT INTO events (seq, doc) VALUES (?, ?)", event.seq, JSON.stringify(event));
    const { events } = this.#recent;
    events.push(event);
    if (events.length > 2 * CACHED_EVENTS) events.splice(0, CACHED_EVENTS);
  }

  events(after: number, limit: number): DomainEvent[] {
    const { events } = this.#recent;
    if (events[0] && events[0].seq <= after + 1) return events.filter((event) => event.seq > after).slice(0, limit);
    return this.#sql
      .exec<{ doc: string }>("SELECT doc FROM events WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
      .toArray()
      .map((row) => JSON.parse(row.doc) as DomainEvent);
  }

  oldestEvent(): number | undefined {
    return this.#sql.exec<{ seq: number | null }>("SELECT min(seq) AS seq FROM events").one().seq ?? undefined;
  }

  /** Deletes events up to this number. */
  pruneEvents(upTo: number): void {
    this.#sql.exec("DELETE FROM events WHERE seq <= ?", upTo);
  }

  cursors(): Cursors {
    this.#cursors ??= this.#sql
      .exec<Cursors & Record<string, number>>("SELECT projected, published FROM cursors")
      .one();
    return this.#cursors;
  }

  /**
   * Advances a cursor in memory. It is stored with the next transaction or by the alarm, since a write of its own would
   * double the cost of a message. A cursor lost in a crash only repeats idempotent deliveries.
   */
  advance(cursor: keyof Cursors, to: number): void {
    const known = this.cursors();
    if (to <= known[cursor]) return;
    this.#cursors = { ...known, [cursor]: to };
    this.#cursorsMoved = true;
  }

  saveCursors(): void {
    if (!this.#cursorsMoved) return;
    const { projected, published } = this.cursors();
    this.#sql.exec("UPDATE cursors SET projected = ?, published = ?", projected, published);
    this.#cursorsMoved = false;
  }

  queueOutgoing(messageId: string, phase: "queued" | "sending", at: number): void {
    this.#sql.exec(
      "INSERT INTO outgoing (message_id, phase, attempts, next_at) VALUES (?, ?, ?, ?)",
      messageId,
      phase,
      phase === "sending" ? 1 : 0,
      at,
    );
  }

  /** The first that has not left: those behind it wait, so that a conversation keeps its order. */
  headOutgoing(): Outgoing | undefined {
    return this.#sql
      .exec<Outgoing & Record<string, SqlStorageValue>>(
        "SELECT message_id, phase, attempts, doubts, next_at FROM outgoing ORDER BY n LIMIT 1",
      )
      .toArray()[0];
  }

  setOutgoing(row: Outgoing): void {
    this.#sql.exec(
      "UPDATE outgoing SET phase = ?, attempts = ?, doubts = ?, next_at = ? WHERE message_id = ?",
      row.phase,
      row.attempts,
      row.doubts,
      row.next_at,
      row.message_id,
    );
  }

  /** Returns whether the message was in the queue. */
  removeOutgoing(messageId: string): boolean {
    return this.#sql.exec("DELETE FROM outgoing WHERE message_id = ?", messageId).rowsWritten > 0;
  }

  /** Marks sends that were under way when the object stopped as unknown, until `until` (milliseconds). */
  doubtOutgoing(until: number): void {
    this.#sql.exec(
      "UPDATE outgoing SET phase = 'unknown', doubts = doubts + 1, next_at = ? WHERE phase = 'sending'",
      until,
    );
  }

  queueMedia(messageId: string, at: number): void {
    this.#sql.exec("INSERT OR IGNORE INTO media_jobs VALUES (?, 0, ?)", messageId, at);
  }

  nextMedia(): MediaJob | undefined {
    return this.#sql
      .exec<MediaJob & Record<string, SqlStorageValue>>(
        "SELECT message_id, attempts, next_at FROM media_jobs ORDER BY next_at LIMIT 1",
      )
      .toArray()[0];
  }

  setMedia(job: MediaJob): void {
    this.#sql.exec(
      "UPDATE media_jobs SET attempts = ?, next_at = ? WHERE message_id = ?",
      job.attempts,
      job.next_at,
      job.message_id,
    );
  }

  removeMedia(messageId: string): void {
    this.#sql.exec("DELETE FROM media_jobs WHERE message_id = ?", messageId);
  }

  storedAnswer(key: string, since: number): { body_hash: string; answer: string } | undefined {
    return this.#sql
      .exec<{ body_hash: string; answer: string }>(
        "SELECT body_hash, answer FROM idempotency WHERE key = ? AND created_at > ?",
        key,
        since,
      )
      .toArray()[0];
  }

  storeAnswer(key: string, bodyHash: string, answer: string, at: number, forgetBefore: number): void {
    this.#sql.exec("DELETE FROM idempotency WHERE created_at <= ?", forgetBefore);
    this.#sql.exec("INSERT INTO idempotency VALUES (?, ?, ?, ?)", key, bodyHash, answer, at);
  }

  /** Counts for the checker, which compares them with D1. */
  counts(): { messages: number; inbound: number; outgoing: number } {
    return this.#sql
      .exec<{ messages: number; inbound: number; outgoing: number }>(
        "SELECT count(*) AS messages, coalesce(sum(doc ->> 'direction' = 'inbound'), 0) AS inbound, (SELECT count(*) FROM outgoing) AS outgoing FROM messages WHERE is_reaction = 0",
      )
      .one();
  }
}
