import { maySee, type VisibilityScope } from "../src/domain/context";
import { logError } from "../src/kit/log";
import type { InboxCounts } from "./inbox.counts";
import type { InboxHost } from "./inbox.host";
import type { InboxPush } from "./inbox.push";
import { type Audience, audienceOf, frameText, isFor, type LiveFrame, type SocketIdentity } from "../src/domain/live";
import type { Arrival } from "../src/domain/object-apis";

/** The number of newest frames that are kept for sockets to resume from. */
const KEEP_FRAMES = 10_000;
/** A socket that missed more than this gets `resync` instead of a replay. */
const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
/** Events that arrive within this time are written in one commit. */
const GATHER_MS = 4;
const PRUNE_EVERY = 500;
/** A row may have 2 MB. An arrival has at most 200 frames. */
const MAX_ROW_CHARS = 200_000;
const WAKE_AFTER_MS = 1000;
/** Queues take this many messages in one call. */
const MAX_QUEUE_BATCH = 100;

/**
 * Frames of one arrival as they are stored. `now` is the conversation's visibility scope, if they are of one, `was` its
 * former one if these events changed it. `only`: the audience of each frame, if there is one.
 */
interface StoredArrival {
  id: string;
  /** The last of these events, as the conversation numbers them. */
  upTo: number;
  now?: VisibilityScope;
  was?: VisibilityScope;
  /** The texts of the frames. */
  texts: string[];
  only: (Audience | null)[];
}

/**
 * Numbers the events of an organization in one stream, sends each to the sockets that may see it, and replays it to
 * sockets that resume.
 */
export class InboxStream {
  readonly #host: InboxHost;
  readonly #sql: SqlStorage;
  readonly #counts: InboxCounts;
  readonly #push: InboxPush;
  #arrived: Arrival[] = [];
  #gathering: Promise<void> | undefined;
  readonly #toWake = new Map<string, string>();
  #seq = 0;
  /** The last event of each conversation in the stream; undefined until an arrival is repeated, as few are. */
  #lastEvents: Map<string, number> | undefined;

  constructor(host: InboxHost, counts: InboxCounts, push: InboxPush) {
    this.#host = host;
    this.#counts = counts;
    this.#push = push;
    this.#sql = host.storage.sql;
  }

  /** Reads the last number. The tables must exist. */
  open(): void {
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(last) AS seq FROM frames").one().seq ?? 0;
  }

  /**
   * Takes events, those of a conversation in their order. They are durable and sent when it returns. Repeated events
   * are dropped. Arrivals within `GATHER_MS` share a commit and a row, which cost more than their content. Returns whether
   * a socket is open. `wakeFor`: the tenant's database, if the consumer is to be woken.
   */
  async publish(arrival: Arrival, wakeFor: string | null): Promise<boolean> {
    if (wakeFor !== null) this.#wakeSoon(arrival.id, wakeFor);
    this.#arrived.push(arrival);
    this.#gathering ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => this.#takeArrived());
    await this.#gathering;
    return !this.#host.sockets.isEmpty;
  }

  #takeArrived(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#gathering = undefined;
    let seq = this.#seq;
    const stored: StoredArrival[] = [];
    let hasPushes = false;
    if (arrived.some(({ isRepeated }) => isRepeated)) this.#lastEvents ??= this.#readLastEvents();
    this.#host.storage.transactionSync(() => {
      let row: StoredArrival[] = [];
      let [first, bytes] = [seq + 1, 0];
      const writeRow = (): void => {
        if (row.length > 0) this.#sql.exec("INSERT INTO frames VALUES (?, ?, ?)", seq, first, JSON.stringify(row));
        [row, first, bytes] = [[], seq + 1, 0];
      };
      for (const arrival of arrived) {
        // An arrival and its repetition may have come within GATHER_MS.
        const before = stored.findLast(({ id }) => id === arrival.id)?.upTo ?? 0;
        const one = this.#number(arrival, seq + 1, before);
        if (!one) continue;
        seq += one.texts.length;
        const { now } = one;
        if (now)
          for (const frame of arrival.frames)
            if ("conversation" in frame) hasPushes = this.#push.keep(frame, now) || hasPushes;
        row.push(one);
        stored.push(one);
        bytes += one.texts.reduce((sum, text) => sum + text.length, 0);
        if (bytes > MAX_ROW_CHARS) writeRow();
      }
      writeRow();
      // In chunks, since a delete per event would cost as much as its insert.
      if (Math.floor(seq / PRUNE_EVERY) > Math.floor(this.#seq / PRUNE_EVERY))
        this.#sql.exec("DELETE FROM frames WHERE last <= ?", seq - KEEP_FRAMES);
    });
    this.#seq = seq;
    if (hasPushes) this.#host.waitUntil(this.#push.run());
    this.#keepLastEvents(stored);
    for (const { frames } of arrived) {
      const last = frames.at(-1);
      if (last && "conversation" in last) this.#counts.see(last);
    }
    for (const { texts, now, was, only } of stored) {
      texts.forEach((text, i) =>
        this.#host.sockets.broadcast(
          text,
          (who) => sees(who, now) && isFor(only[i] ?? undefined, who),
          (who) => (i === 0 && was && !sees(who, now) ? removalFor(who, was, text) : undefined),
        ),
      );
    }
  }

  /** Numbers the frames of an arrival from `first` on; undefined: the stream has all of them. */
  #number({ id, now, was, frames, isRepeated }: Arrival, first: number, before: number): StoredArrival | undefined {
    const known = isRepeated === true ? Math.max(before, this.#lastEvents?.get(id) ?? 0) : 0;
    const newFrames = frames.filter((frame) => frame.seq > known);
    if (newFrames.length === 0) return undefined;
    return {
      id,
      upTo: newFrames.at(-1)!.seq,
      ...(now && { now }),
      ...(was && { was }),
      texts: newFrames.map((frame, i) => frameText({ ...frame, seq: first + i })),
      only: newFrames.map((frame) => audienceOf(frame) ?? null),
    };
  }

  position(): number {
    return this.#seq;
  }

  /** The last frame of each arrival about a conversation, newest first. */
  *newest(): Generator<LiveFrame> {
    for (const { doc } of this.#sql.exec<{ doc: string }>("SELECT doc FROM frames ORDER BY last DESC"))
      for (const { now, texts } of (JSON.parse(doc) as StoredArrival[]).toReversed())
        if (now && texts.length > 0) yield JSON.parse(texts.at(-1)!) as LiveFrame;
  }

  /** Empties the frames of these conversations. Their numbers stay. */
  forget(conversationIds: readonly string[]): void {
    const gone = new Set(conversationIds);
    for (const id of gone) this.#counts.forget(id);
    this.#host.storage.transactionSync(() => {
      for (const id of gone)
        for (const { last, doc } of this.#sql
          .exec<{ last: number; doc: string }>("SELECT last, doc FROM frames WHERE instr(doc, ?) > 0", id)
          .toArray()) {
          const arrivals = (JSON.parse(doc) as StoredArrival[]).map((arrival): StoredArrival =>
            gone.has(arrival.id)
              ? { id: arrival.id, upTo: arrival.upTo, texts: arrival.texts.map(() => ""), only: [] }
              : arrival,
          );
          this.#sql.exec("UPDATE frames SET doc = ? WHERE last = ?", JSON.stringify(arrivals), last);
        }
    });
  }

  #readLastEvents(): Map<string, number> {
    const rows = this.#sql.exec<{ id: string; seq: number }>(
      "SELECT a.value ->> 'id' AS id, max(a.value ->> 'upTo') AS seq FROM frames f, json_each(f.doc) a GROUP BY 1",
    );
    return new Map(rows.toArray().map(({ id, seq }) => [id, seq]));
  }

  #keepLastEvents(stored: readonly StoredArrival[]): void {
    for (const { id, upTo } of stored) this.#lastEvents?.set(id, upTo);
    // Read again with the next repeated arrival.
    if ((this.#lastEvents?.size ?? 0) > 2 * KEEP_FRAMES) this.#lastEvents = undefined;
  }

  /**
   * Collects conversations for `WAKE_AFTER_MS`, so that the consumer is woken for many at once and writes them in one
   * batch. If this object stops meanwhile, the conversation's own alarm wakes the consumer.
   */
  #wakeSoon(conversationId: string, tenantDb: string): void {
    const first = this.#toWake.size === 0;
    this.#toWake.set(conversationId, tenantDb);
    if (first) setTimeout(() => this.#host.waitUntil(this.#wake()), WAKE_AFTER_MS);
  }

  async #wake(): Promise<void> {
    const waiting = [...this.#toWake];
    this.#toWake.clear();
    const { orgId } = this.#host;
    const messages = waiting.map(([conversationId, tenantDb]) => ({
      body: { kind: "project" as const, orgId, tenantDb, conversationId },
    }));
    try {
      for (let i = 0; i < messages.length; i += MAX_QUEUE_BATCH)
        await this.#host.env.EVENTS.sendBatch(messages.slice(i, i + MAX_QUEUE_BATCH));
    } catch (error) {
      logError("wake_delayed", error, { conversations: waiting.length });
    }
  }

  /** Sends a new socket `hello` and the frames after `since`, or `resync` if these are not available. */
  begin(server: WebSocket, identity: SocketIdentity, since: number | undefined): void {
    const from = since ?? this.#seq;
    const reason = this.#cannotResume(from);
    if (reason)
      return server.send(frameText({ type: "resync", seq: this.#seq, reason, call: "GET /api/conversations" }));
    server.send(frameText({ type: "hello", seq: from }));
    this.#replay(server, identity, from);
  }

  #cannotResume(from: number): "unknown_position" | "too_old" | undefined {
    if (from === this.#seq) return undefined;
    if (from > this.#seq) return "unknown_position";
    const missed = this.#sql
      .exec<{ first: number | null; chars: number }>(
        "SELECT min(first) AS first, sum(length(doc)) AS chars FROM frames WHERE last > ?",
        from,
      )
      .one();
    return (missed.first ?? this.#seq + 1) > from + 1 || missed.chars > MAX_REPLAY_BYTES ? "too_old" : undefined;
  }

  /** Sends the frames that the socket missed. It is synchronous, so that no frame is skipped or sent twice. */
  #replay(server: WebSocket, identity: SocketIdentity, from: number): void {
    for (const row of this.#sql.exec<{ first: number; doc: string }>(
      "SELECT first, doc FROM frames WHERE last > ? ORDER BY last",
      from,
    )) {
      let seq = row.first - 1;
      for (const { texts, now, was, only } of JSON.parse(row.doc) as StoredArrival[]) {
        const isSeen = sees(identity, now);
        for (const [i, text] of texts.entries()) {
          if (++seq <= from || text === "") continue;
          if (isSeen && isFor(only[i] ?? undefined, identity)) server.send(text);
          const removal = !isSeen && i === 0 && was ? removalFor(identity, was, text) : undefined;
          if (removal !== undefined) server.send(removal);
        }
      }
    }
  }
}

/** Only conversations have a scope. */
const sees = (who: SocketIdentity, scope: VisibilityScope | undefined): boolean =>
  scope === undefined || maySee(who, scope);

/** Makes `conversation.removed` in place of a frame, for a socket that saw the conversation in its former scope. */
function removalFor(who: SocketIdentity, was: VisibilityScope, frame: string): string | undefined {
  if (!maySee(who, was)) return undefined;
  const { seq, at, conversation_id } = JSON.parse(frame) as LiveFrame;
  return frameText({ type: "conversation.removed", seq, at, conversation_id });
}
