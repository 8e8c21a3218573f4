import type { ConversationState } from "../src/domain/conversation/state";
import type { DomainEvent } from "../src/domain/event";
import { firstMessageIdAfter, messageNumberOf } from "../src/domain/ids";
import { isReaction, type StoredMessage } from "../src/domain/message/state";
import type { StoredNote } from "../src/domain/note/state";
import type { Tombstone } from "./conversation.forget";
import { applyVersions, CONVERSATION_VERSIONS, OPTIONAL_TABLES, type OptionalTable, tablesOf } from "./versions";

/** The number of most recently written messages and events that are cached. */
const CACHED_MESSAGES = 16;
const CACHED_EVENTS = 16;

/** A message that has not left. */
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
  media_id: string;
  message_id: string;
  attempts: number;
  next_at: number;
}

/** A message in its wire form (JSON), or its stored form in `doc` if the wire form is not stored. */
const PAGE = "SELECT id, wire, iif(wire IS NULL, doc, NULL) AS doc FROM messages WHERE is_reaction = 0";
export type PageRow = { id: string; wire: string; doc: null } | { id: string; wire: null; doc: string };

/** The number of the last event that D1 (`projected`) and the inbox (`published`) have. */
export interface Cursors {
  projected: number;
  published: number;
}

/** The value of the key `conversation`. */
interface Root extends Cursors {
  schemaVersion: number;
  state: ConversationState;
  /** No message with a lower id is outgoing; null: none is. */
  firstOutgoing: string | null;
}

/** When the person's profile is asked for. */
export interface ProfileJob {
  /** Failed attempts. */
  attempts: number;
  next_at: number;
}

const ROOT = "conversation";
const PROFILE = "profile";
const TOMBSTONE = "erased";
const ERASED_NAMES = "erased_names";
/** The key of a commit's events: its last number. Keys sort as the numbers do. */
const eventsKey = (seq: number): string => `event:${String(seq).padStart(12, "0")}`;
const EVENTS = "event:";

/**
 * A conversation's storage, without decisions. The caller groups the writes of one step in a transaction. A row
 * written costs a thousand rows read, and each table and index of a new object costs rows too (docs/adr/0021): the
 * state with the cursors is one value, the events of a commit are another, an outgoing message is queued in its own
 * row, and most tables are created with their first row.
 */
export class ConversationStorage {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #kv: SyncKvStorage;
  #tables: Set<string> | undefined;
  #cursors: Cursors = { projected: 0, published: 0 };
  #storedCursors = this.#cursors;
  #firstOutgoing: string | null = null;
  #profile: ProfileJob | undefined;
  /** The outgoing messages, oldest first; undefined: not read yet. */
  #outgoing: Outgoing[] | undefined;
  /** Those of them whose row is not written yet. */
  readonly #changedOutgoing = new Set<string>();
  /** The newest rows, which a commit's readers would otherwise read and parse at once. Readers must not change them. */
  readonly #recent = { events: [] as DomainEvent[], messages: new Map<string, StoredMessage>() };

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#kv = storage.kv;
  }

  /** Set if the conversation was erased. */
  tombstone: Tombstone | undefined;

  /** Migrates existing tables and returns the state. Writes nothing for a conversation that has not begun. */
  open(): ConversationState | undefined {
    this.tombstone = this.#kv.get<Tombstone>(TOMBSTONE);
    const root = this.#kv.get<Root>(ROOT);
    if (!root) return undefined;
    if (root.schemaVersion < CONVERSATION_VERSIONS.length) {
      this.#storage.transactionSync(() => {
        applyVersions(this.#sql, CONVERSATION_VERSIONS, root.schemaVersion);
        this.#kv.put<Root>(ROOT, { ...root, schemaVersion: CONVERSATION_VERSIONS.length });
      });
    }
    const { state, projected, published, firstOutgoing } = root;
    this.#cursors = this.#storedCursors = { projected, published };
    this.#firstOutgoing = firstOutgoing;
    // An event that changes nothing else is committed without the state.
    const [newest] = this.#kv.list<DomainEvent[]>({ prefix: EVENTS, reverse: true, limit: 1 });
    return { ...state, seq: Math.max(state.seq, newest?.[1].at(-1)?.seq ?? 0) };
  }

  /** Creates the tables. `saveState` must follow in the same transaction. */
  create(): void {
    applyVersions(this.#sql, CONVERSATION_VERSIONS, 0);
    this.#tables = undefined;
    // Consumers have the numbers of the events before an erasure.
    const { seq } = this.tombstone ?? { seq: 0 };
    this.#cursors = { projected: seq, published: seq };
  }

  /** Deletes the alarm, and all data but the tombstone. */
  async clear(): Promise<void> {
    const { tombstone } = this;
    if (tombstone) this.#storage.transactionSync(() => this.#dropAllBut(tombstone));
    await (tombstone ? this.#storage.deleteAlarm() : this.#storage.deleteAll());
    this.#tables = undefined;
  }

  /** Names stay too (`erasedNames`). */
  #dropAllBut(tombstone: Tombstone): void {
    for (const table of tablesOf(this.#sql))
      if (!/^(_cf_|sqlite_)/.test(table) && table !== ERASED_NAMES) this.#sql.exec(`DROP TABLE ${table}`);
    for (const key of Array.from(this.#kv.list(), ([each]) => each)) this.#kv.delete(key);
    this.saveTombstone(tombstone);
  }

  /** Leaves nothing but the tombstone, and names (`erasedNames`). */
  erase(tombstone: Tombstone): void {
    this.#storage.transactionSync(() => {
      this.#keepNames();
      this.#dropAllBut(tombstone);
    });
    void this.#storage.deleteAlarm();
    this.#tables = undefined;
    this.#firstOutgoing = null;
    this.#outgoing = this.#profile = undefined;
    this.#changedOutgoing.clear();
    this.#recent.events.length = 0;
    this.#recent.messages.clear();
    const { seq } = tombstone;
    this.#cursors = this.#storedCursors = { projected: seq, published: seq };
  }

  saveTombstone(tombstone: Tombstone): void {
    this.#kv.put(TOMBSTONE, tombstone);
    this.tombstone = tombstone;
  }

  /** Rows, since a value may have 2 MB, and a conversation thousands of files. */
  #keepNames(): void {
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS ${ERASED_NAMES} (name TEXT PRIMARY KEY, is_note INTEGER NOT NULL) WITHOUT ROWID`,
    );
    this.#sql.exec(
      `INSERT OR IGNORE INTO ${ERASED_NAMES} SELECT doc ->> '$.media.r2Key' AS name, 0 FROM messages WHERE name IS NOT NULL
       UNION SELECT p.value ->> 'r2Key' AS name, 0 FROM messages m, json_each(m.doc, '$.parts') p WHERE name IS NOT NULL`,
    );
    if (this.#has("notes")) this.#sql.exec(`INSERT OR IGNORE INTO ${ERASED_NAMES} SELECT id, 1 FROM notes`);
  }

  /** The keys in R2 of the files of an erased conversation, and the ids of its notes, until `forgetNames`. */
  erasedNames(): { files: string[]; noteIds: string[] } {
    if (!tablesOf(this.#sql).has(ERASED_NAMES)) return { files: [], noteIds: [] };
    const rows = this.#sql.exec<{ name: string; is_note: number }>(`SELECT * FROM ${ERASED_NAMES}`).toArray();
    const named = (isNote: 0 | 1): string[] => rows.filter((row) => row.is_note === isNote).map(({ name }) => name);
    return { files: named(0), noteIds: named(1) };
  }

  forgetNames(): void {
    this.#sql.exec(`DROP TABLE IF EXISTS ${ERASED_NAMES}`);
  }

  transaction<T>(work: () => T): T {
    const [cursors, stored, firstOutgoing] = [this.#cursors, this.#storedCursors, this.#firstOutgoing];
    try {
      return this.#storage.transactionSync(() => {
        const result = work();
        this.#writeOutgoing();
        return result;
      });
    } catch (error) {
      this.#recent.events.length = 0;
      this.#recent.messages.clear();
      this.#tables = undefined;
      this.#cursors = cursors;
      this.#storedCursors = stored;
      this.#firstOutgoing = firstOutgoing;
      this.#outgoing = undefined;
      this.#changedOutgoing.clear();
      throw error;
    }
  }

  saveState(state: ConversationState): void {
    this.#firstOutgoing = this.#lowestOutgoing();
    this.#storedCursors = this.#cursors;
    this.#kv.put<Root>(ROOT, {
      schemaVersion: CONVERSATION_VERSIONS.length,
      ...this.#cursors,
      firstOutgoing: this.#firstOutgoing,
      state,
    });
  }

  /**
   * `wire`: the message's JSON in the API, so that pages need no serialisation; null if it changes with time (signed
   * links).
   */
  saveMessage(message: StoredMessage, wire: string | null): void {
    const { id, externalId } = message;
    const outgoing = this.#outgoingOf(id);
    const doc = JSON.stringify(message);
    // The index is written only if its column is named, so an update does not name it.
    const isUpdate =
      this.#sql.exec(
        "UPDATE messages SET outgoing = ?, doc = ?, wire = ? WHERE id = ? AND external_id IS ?",
        outgoing,
        doc,
        wire,
        id,
        externalId,
      ).rowsWritten > 0;
    if (!isUpdate)
      this.#sql.exec(
        "INSERT INTO messages (id, external_id, outgoing, is_reaction, doc, wire) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET external_id = excluded.external_id, outgoing = excluded.outgoing, doc = excluded.doc, wire = excluded.wire",
        id,
        externalId,
        outgoing,
        isReaction(message) ? 1 : 0,
        doc,
        wire,
      );
    this.#changedOutgoing.delete(id);
    const { messages } = this.#recent;
    messages.delete(id);
    messages.set(id, message);
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

  /** The category as which the channel last charged this template, or refused it for the person's choice. */
  categoryOf(template: string): string | undefined {
    const [row] = this.#sql
      .exec<{ category: string }>(
        `SELECT iif(doc ->> '$.failure.opted_out', 'marketing', doc ->> '$.pricing.category') AS category FROM messages
         WHERE doc ->> 'direction' = 'outbound' AND doc ->> 'type' = 'template' AND doc ->> '$.content.name' = ? AND category IS NOT NULL
         ORDER BY id DESC LIMIT 1`,
        template,
      )
      .toArray();
    return row?.category;
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
    return before === undefined
      ? this.#sql.exec<PageRow>(`${PAGE} ORDER BY id DESC LIMIT ?`, limit + 1).toArray()
      : this.#sql.exec<PageRow>(`${PAGE} AND id < ? ORDER BY id DESC LIMIT ?`, before, limit + 1).toArray();
  }

  /** Oldest first, from the message with this id or the next one, with one more than `limit`. */
  pageFrom(id: string, limit: number): PageRow[] {
    return this.#sql.exec<PageRow>(`${PAGE} AND id >= ? ORDER BY id LIMIT ?`, id, limit + 1).toArray();
  }

  // ── Tables that are created with their first row ───────────────────────────────────────────────────────────────────

  #has(table: OptionalTable): boolean {
    this.#tables ??= tablesOf(this.#sql);
    return this.#tables.has(table);
  }

  #require(table: OptionalTable): void {
    if (this.#has(table)) return;
    this.#sql.exec(OPTIONAL_TABLES[table]);
    this.#tables!.add(table);
  }

  saveNote(note: StoredNote): void {
    this.#require("notes");
    this.#sql.exec(
      "INSERT INTO notes VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
      note.id,
      JSON.stringify(note),
    );
  }

  removeNote(id: string): void {
    if (this.#has("notes")) this.#sql.exec("DELETE FROM notes WHERE id = ?", id);
  }

  note(id: string): StoredNote | undefined {
    if (!this.#has("notes")) return undefined;
    const [row] = this.#sql.exec<{ doc: string }>("SELECT doc FROM notes WHERE id = ?", id).toArray();
    return row && (JSON.parse(row.doc) as StoredNote);
  }

  /** The notes before `before`, or the newest; newest first. */
  notes(before: string | undefined, limit: number): StoredNote[] {
    if (!this.#has("notes")) return [];
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
    this.#require("seen");
    return this.#sql.exec("INSERT OR IGNORE INTO seen VALUES (?)", externalId).rowsWritten > 0;
  }

  /**
   * Keeps an update that arrived before its message, and deletes those kept before `forgetBefore`, whose message never
   * came.
   */
  keepEarly(externalId: string, what: string, doc: unknown, at: number, forgetBefore: number): void {
    this.#require("early_updates");
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
    if (!this.#has("early_updates")) return [];
    const docs = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM early_updates WHERE external_id = ? ORDER BY kept_at", externalId)
      .toArray();
    if (docs.length > 0) this.#sql.exec("DELETE FROM early_updates WHERE external_id = ?", externalId);
    return docs.map((row) => JSON.parse(row.doc) as T);
  }

  // ── Events and their delivery ──────────────────────────────────────────────────────────────────────────────────────

  /** The events of one commit. */
  appendEvents(events: readonly DomainEvent[]): void {
    this.#kv.put(eventsKey(events.at(-1)!.seq), events);
    const recent = this.#recent.events;
    recent.push(...events);
    if (recent.length > 2 * CACHED_EVENTS) recent.splice(0, recent.length - CACHED_EVENTS);
  }

  events(after: number, limit = 2 ** 31 - 1): DomainEvent[] {
    const recent = this.#recent.events;
    if (recent[0] && recent[0].seq <= after + 1) return recent.filter((event) => event.seq > after).slice(0, limit);
    return [...this.#kv.list<DomainEvent[]>({ prefix: EVENTS, start: eventsKey(after + 1), limit })]
      .flatMap(([, events]) => events)
      .filter(({ seq }) => seq > after)
      .slice(0, limit);
  }

  oldestEvent(): number | undefined {
    const [oldest] = this.#kv.list<DomainEvent[]>({ prefix: EVENTS, limit: 1 });
    return oldest?.[1][0]?.seq;
  }

  /** Deletes events up to this number. */
  pruneEvents(upTo: number): void {
    const keys = Array.from(this.#kv.list({ prefix: EVENTS, end: eventsKey(upTo + 1) }), ([key]) => key);
    for (const key of keys) this.#kv.delete(key);
  }

  cursors(): Cursors {
    return this.#cursors;
  }

  /** Takes the stored cursors, which may be behind, in place of those in memory. */
  rereadCursors(): void {
    this.#cursors = this.#storedCursors;
  }

  /** Stores the cursors alone, for an object that stops with other work than delivery. */
  saveCursors(): void {
    if (this.#cursors === this.#storedCursors) return;
    this.#kv.put<Root>(ROOT, { ...this.#kv.get<Root>(ROOT)!, ...this.#cursors });
    this.#storedCursors = this.#cursors;
  }

  /**
   * Advances a cursor in memory. It is stored with the next state, since a write of its own would double the cost of a
   * message. A cursor lost in a crash only repeats idempotent deliveries.
   */
  advance(cursor: keyof Cursors, to: number): void {
    if (to > this.#cursors[cursor]) this.#cursors = { ...this.#cursors, [cursor]: to };
  }

  // ── The queue to the channel ───────────────────────────────────────────────────────────────────────────────────────

  /** Call it before the message is saved: the queue is a column of its row. */
  queueOutgoing(messageId: string, phase: "queued" | "sending", at: number): void {
    const attempts = phase === "sending" ? 1 : 0;
    this.#queue().push({ message_id: messageId, phase, attempts, doubts: 0, next_at: at });
    this.#changedOutgoing.add(messageId);
  }

  /** The first that has not left: those behind it wait, so that a conversation keeps its order. */
  headOutgoing(): Outgoing | undefined {
    return this.#queue()[0];
  }

  phaseOf(messageId: string): Outgoing["phase"] | undefined {
    const one = this.#queue().find((row) => row.message_id === messageId);
    // An earlier attempt may have arrived.
    return one?.phase === "queued" && one.doubts > 0 ? "unknown" : one?.phase;
  }

  setOutgoing(row: Outgoing): void {
    const queue = this.#queue();
    const at = queue.findIndex((one) => one.message_id === row.message_id);
    if (at === -1) return;
    queue[at] = row;
    this.#changedOutgoing.add(row.message_id);
  }

  /** Returns whether the message was in the queue. Call it before the message is saved. */
  removeOutgoing(messageId: string): boolean {
    const queue = this.#queue();
    const at = queue.findIndex((one) => one.message_id === messageId);
    if (at === -1) return false;
    queue.splice(at, 1);
    this.#changedOutgoing.add(messageId);
    return true;
  }

  /** Marks sends that were under way when the object stopped as unknown, until `until` (milliseconds). */
  doubtOutgoing(until: number): void {
    const sending = this.#queue().filter(({ phase }) => phase === "sending");
    if (sending.length === 0) return;
    this.transaction(() => {
      for (const row of sending) this.setOutgoing({ ...row, phase: "unknown", doubts: row.doubts + 1, next_at: until });
    });
  }

  #queue(): Outgoing[] {
    this.#outgoing ??=
      this.#firstOutgoing === null
        ? []
        : this.#sql
            .exec<{ id: string; outgoing: string }>(
              "SELECT id, outgoing FROM messages WHERE id >= ? AND outgoing IS NOT NULL",
              this.#firstOutgoing,
            )
            .toArray()
            .toSorted((a, b) => messageNumberOf(a.id) - messageNumberOf(b.id))
            .map(({ outgoing }) => JSON.parse(outgoing) as Outgoing);
    return this.#outgoing;
  }

  #outgoingOf(messageId: string): string | null {
    const row = this.#queue().find((one) => one.message_id === messageId);
    return row ? JSON.stringify(row) : null;
  }

  #lowestOutgoing(): string | null {
    return this.#queue().reduce<string | null>(
      (lowest, { message_id: id }) => (lowest === null || id < lowest ? id : lowest),
      null,
    );
  }

  /** Writes the queue's changes that were not written with their messages, and where it begins. */
  #writeOutgoing(): void {
    for (const id of this.#changedOutgoing)
      this.#sql.exec("UPDATE messages SET outgoing = ? WHERE id = ?", this.#outgoingOf(id), id);
    this.#changedOutgoing.clear();
    const lowest = this.#lowestOutgoing();
    if (lowest === null || (this.#firstOutgoing !== null && this.#firstOutgoing <= lowest)) return;
    this.#firstOutgoing = lowest;
    this.#kv.put<Root>(ROOT, { ...this.#kv.get<Root>(ROOT)!, firstOutgoing: lowest });
  }

  // ── Files, answers, counts ─────────────────────────────────────────────────────────────────────────────────────────

  queueMedia(mediaId: string, messageId: string, at: number): void {
    this.#require("media_jobs");
    this.#sql.exec("INSERT OR IGNORE INTO media_jobs VALUES (?, ?, 0, ?)", mediaId, messageId, at);
  }

  nextMedia(): MediaJob | undefined {
    if (!this.#has("media_jobs")) return undefined;
    return this.#sql
      .exec<MediaJob & Record<string, SqlStorageValue>>(
        "SELECT media_id, message_id, attempts, next_at FROM media_jobs ORDER BY next_at LIMIT 1",
      )
      .toArray()[0];
  }

  setMedia(job: Omit<MediaJob, "message_id">): void {
    this.#sql.exec(
      "UPDATE media_jobs SET attempts = ?, next_at = ? WHERE media_id = ?",
      job.attempts,
      job.next_at,
      job.media_id,
    );
  }

  removeMedia(mediaId: string): void {
    if (this.#has("media_jobs")) this.#sql.exec("DELETE FROM media_jobs WHERE media_id = ?", mediaId);
  }

  profileJob(): ProfileJob {
    this.#profile ??= this.#kv.get<ProfileJob>(PROFILE) ?? { attempts: 0, next_at: 0 };
    return this.#profile;
  }

  setProfileJob(job: ProfileJob): void {
    this.#kv.put<ProfileJob>(PROFILE, job);
    this.#profile = job;
  }

  storedAnswer(key: string, since: number): { body_hash: string; answer: string } | undefined {
    if (!this.#has("idempotency")) return undefined;
    return this.#sql
      .exec<{ body_hash: string; answer: string }>(
        "SELECT body_hash, answer FROM idempotency WHERE key = ? AND created_at > ?",
        key,
        since,
      )
      .toArray()[0];
  }

  storeAnswer(key: string, bodyHash: string, answer: string, at: number, forgetBefore: number): void {
    this.#require("idempotency");
    this.#sql.exec("DELETE FROM idempotency WHERE created_at <= ?", forgetBefore);
    this.#sql.exec("INSERT INTO idempotency VALUES (?, ?, ?, ?)", key, bodyHash, answer, at);
  }

  /** Counts for the checker, which compares them with D1. */
  counts(): { messages: number; inbound: number; outgoing: number } {
    const counts = this.#sql
      .exec<{ messages: number; inbound: number }>(
        "SELECT count(*) AS messages, coalesce(sum(doc ->> 'direction' = 'inbound'), 0) AS inbound FROM messages WHERE is_reaction = 0",
      )
      .one();
    return { ...counts, outgoing: this.#queue().length };
  }
}
