import { maySee } from "../src/domain/context";
import { logError } from "../src/kit/log";
import type { InboxHost } from "./inbox.host";
import { type Audience, audienceOf, frameText, isFor, type LiveFrame, type SocketIdentity } from "../src/domain/live";

/** The stream is kept this deep for sockets to resume from. */
const KEEP_FRAMES = 10_000;
/** A socket that would have to be told more than this at once is better off with lists. */
const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
/** How long what is said waits for more to be written with it. */
const GATHER_MS = 4;
const PRUNE_EVERY = 500;
const WAKE_AFTER_MS = 1000;
/** Queues take this many messages in one call. */
const MAX_QUEUE_BATCH = 100;

export interface Place {
  assignedAgentId: string | null;
  divisionId: string | null;
}

/** Where a conversation was when a frame was said; `was` where that frame told of a move. */
interface Places {
  now: Place;
  was?: Place;
  only?: Audience;
}

interface Arrival {
  conversationId: string;
  now: Place;
  frames: LiveFrame[];
}

/** Frames that have their place, to be said to those who see the conversation; `gone` to those who do not see it any more. */
interface Saying {
  texts: { text: string; only: Audience | undefined }[];
  now: Place;
  gone: ((who: SocketIdentity) => string | undefined) | undefined;
}

/** Gives every event of an organization its place in one stream, says it to whom it concerns, and again to who was away. */
export class InboxStream {
  readonly #host: InboxHost;
  readonly #sql: SqlStorage;
  #arrived: Arrival[] = [];
  #gathering: Promise<void> | undefined;
  readonly #toWake = new Map<string, string>();
  #seq = 0;

  constructor(host: InboxHost) {
    this.#host = host;
    this.#sql = host.storage.sql;
  }

  /** Once there are tables. */
  open(): void {
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM frames").one().seq ?? 0;
  }

  /**
   * Takes what happened in a conversation, in its order; durable and said when it returns. What came before is dropped: a conversation
   * says again whatever it is not sure to have said. Those that come within a few milliseconds are written together, since a commit
   * costs more than what is in it. False: nobody listens now.
   */
  async publish(conversationId: string, now: Place, frames: LiveFrame[], wakeFor: string | null): Promise<boolean> {
    if (wakeFor !== null) this.#wakeSoon(conversationId, wakeFor);
    this.#arrived.push({ conversationId, now, frames });
    this.#gathering ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => this.#takeArrived());
    await this.#gathering;
    return !this.#host.sockets.isEmpty;
  }

  #takeArrived(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#gathering = undefined;
    const saying: Saying[] = [];
    this.#host.storage.transactionSync(() => {
      let seq = this.#seq;
      for (const arrival of arrived) {
        const said = this.#take(arrival, seq + 1);
        if (!said) continue;
        saying.push(said);
        seq += said.texts.length;
      }
      // In chunks: a delete for every event would cost as much as the event.
      if (Math.floor(seq / PRUNE_EVERY) > Math.floor(this.#seq / PRUNE_EVERY))
        this.#sql.exec("DELETE FROM frames WHERE seq <= ?", seq - KEEP_FRAMES);
    });
    for (const { texts, now, gone } of saying) {
      this.#seq += texts.length;
      texts.forEach(({ text, only }, i) =>
        this.#host.sockets.broadcast(
          text,
          (who) => maySee(who, now) && isFor(only, who),
          (who) => (i === 0 && !maySee(who, now) ? gone?.(who) : undefined),
        ),
      );
    }
  }

  /** Gives an arrival its places in the stream, from `first` on. Only inside a transaction. */
  #take({ conversationId, now, frames }: Arrival, first: number): Saying | undefined {
    const known = this.#sql
      .exec<{ seq: number; place: string }>("SELECT seq, place FROM conversations WHERE id = ?", conversationId)
      .toArray()[0];
    const news = frames.filter((frame) => frame.seq > (known?.seq ?? 0));
    if (news.length === 0) return undefined;
    const place = JSON.stringify(now);
    // Who loses sight of it is told so by the first frame, in its place.
    const was = known && known.place !== place ? (JSON.parse(known.place) as Place) : undefined;
    const texts = news.map((frame, i) => ({ text: frameText({ ...frame, seq: first + i }), only: audienceOf(frame) }));
    texts.forEach(({ text, only }, i) =>
      this.#sql.exec(
        "INSERT INTO frames VALUES (?, ?, ?)",
        first + i,
        JSON.stringify({ now, ...(i === 0 && was && { was }), ...(only && { only }) } satisfies Places),
        text,
      ),
    );
    this.#sql.exec(
      "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, place = excluded.place",
      conversationId,
      news.at(-1)!.seq,
      place,
    );
    return { texts, now, gone: was && removal(was, { ...news[0]!, seq: first }) };
  }

  /**
   * Conversations wait here for a moment, so that the consumer is woken for many at once and writes them in one batch. What is lost
   * with this object is asked for again by the conversation's own alarm.
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

  /** Begins a socket: with what it missed since `since`, or without a past. */
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
      .exec<{ n: number; bytes: number }>(
        "SELECT count(*) AS n, sum(length(doc)) AS bytes FROM frames WHERE seq > ?",
        from,
      )
      .one();
    return missed.n < this.#seq - from || missed.bytes > MAX_REPLAY_BYTES ? "too_old" : undefined;
  }

  /** What a socket would have got had it stayed. Nothing else runs meanwhile, so nothing is said twice or left out. */
  #replay(server: WebSocket, identity: SocketIdentity, from: number): void {
    for (const row of this.#sql.exec<{ place: string; doc: string }>(
      "SELECT place, doc FROM frames WHERE seq > ? ORDER BY seq",
      from,
    )) {
      const { now, was, only } = JSON.parse(row.place) as Places;
      const sees = maySee(identity, now);
      if (sees && !isFor(only, identity)) continue;
      const text = sees ? row.doc : was && removal(was, JSON.parse(row.doc) as LiveFrame)(identity);
      if (text !== undefined) server.send(text);
    }
  }
}

/** To whom a conversation was visible before, and is not now: that it is gone, and no more. */
function removal(was: Place, { seq, at, conversation_id }: LiveFrame): (who: SocketIdentity) => string | undefined {
  const text = frameText({ type: "conversation.removed", seq, at, conversation_id });
  return (who) => (maySee(who, was) ? text : undefined);
}
