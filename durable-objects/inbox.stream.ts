import { maySee, type VisibilityScope } from "../src/domain/context";
import { logError } from "../src/kit/log";
import type { InboxHost } from "./inbox.host";
import { type Audience, audienceOf, frameText, isFor, type LiveFrame, type SocketIdentity } from "../src/domain/live";

/** The stream is kept this deep for sockets to resume from. */
const KEEP_FRAMES = 10_000;
/** A socket that missed more than this reads lists again instead. */
const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
/** Events that arrive within this time are written in one commit. */
const GATHER_MS = 4;
const PRUNE_EVERY = 500;
const WAKE_AFTER_MS = 1000;
/** Queues take this many messages in one call. */
const MAX_QUEUE_BATCH = 100;

/** The visibility of a frame: the scope of its conversation at that time, the scope before if the frame changed it, and its audience. */
interface FrameScope {
  now: VisibilityScope;
  was?: VisibilityScope;
  only?: Audience;
}

interface Arrival {
  conversationId: string;
  now: VisibilityScope;
  frames: LiveFrame[];
}

/** Numbered frames, to be sent to those who see the conversation; `gone`: the frame for those who do not see it any more. */
interface Broadcast {
  texts: { text: string; only: Audience | undefined }[];
  now: VisibilityScope;
  gone: ((who: SocketIdentity) => string | undefined) | undefined;
}

/** Numbers the events of an organization in one stream, sends each to the sockets that may see it, and replays it to sockets that resume. */
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

  /** To be called when the tables exist. */
  open(): void {
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM frames").one().seq ?? 0;
  }

  /**
   * Takes events of a conversation, in their order; durable and sent when it returns. Drops those that are known, since a conversation
   * repeats what was not confirmed. Arrivals within a few milliseconds share a commit, which costs more than its content. False: nobody
   * listens.
   */
  async publish(
    conversationId: string,
    now: VisibilityScope,
    frames: LiveFrame[],
    wakeFor: string | null,
  ): Promise<boolean> {
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
    const broadcasts: Broadcast[] = [];
    this.#host.storage.transactionSync(() => {
      let seq = this.#seq;
      for (const arrival of arrived) {
        const said = this.#take(arrival, seq + 1);
        if (!said) continue;
        broadcasts.push(said);
        seq += said.texts.length;
      }
      // In chunks: a delete for every event would cost as much as the event.
      if (Math.floor(seq / PRUNE_EVERY) > Math.floor(this.#seq / PRUNE_EVERY))
        this.#sql.exec("DELETE FROM frames WHERE seq <= ?", seq - KEEP_FRAMES);
    });
    for (const { texts, now, gone } of broadcasts) {
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

  /** Numbers the frames of an arrival from `first` on. Only inside a transaction. */
  #take({ conversationId, now, frames }: Arrival, first: number): Broadcast | undefined {
    const known = this.#sql
      .exec<{ seq: number; place: string }>("SELECT seq, place FROM conversations WHERE id = ?", conversationId)
      .toArray()[0];
    const news = frames.filter((frame) => frame.seq > (known?.seq ?? 0));
    if (news.length === 0) return undefined;
    const scope = JSON.stringify(now);
    // A socket that loses sight of the conversation gets the removal in place of the first frame.
    const was = known && known.place !== scope ? (JSON.parse(known.place) as VisibilityScope) : undefined;
    const texts = news.map((frame, i) => ({ text: frameText({ ...frame, seq: first + i }), only: audienceOf(frame) }));
    texts.forEach(({ text, only }, i) =>
      this.#sql.exec(
        "INSERT INTO frames VALUES (?, ?, ?)",
        first + i,
        JSON.stringify({ now, ...(i === 0 && was && { was }), ...(only && { only }) } satisfies FrameScope),
        text,
      ),
    );
    this.#sql.exec(
      "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, place = excluded.place",
      conversationId,
      news.at(-1)!.seq,
      scope,
    );
    return { texts, now, gone: was && removal(was, { ...news[0]!, seq: first }) };
  }

  /**
   * Collects conversations for a moment, so that the consumer is woken for many at once and writes them in one batch. If this object
   * stops meanwhile, the conversation's own alarm wakes the consumer.
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

  /** Begins a socket: with the frames after `since`, if given. */
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

  /** Sends the frames that the socket missed. Nothing else runs meanwhile, so no frame is sent twice or left out. */
  #replay(server: WebSocket, identity: SocketIdentity, from: number): void {
    for (const row of this.#sql.exec<{ place: string; doc: string }>(
      "SELECT place, doc FROM frames WHERE seq > ? ORDER BY seq",
      from,
    )) {
      const { now, was, only } = JSON.parse(row.place) as FrameScope;
      const sees = maySee(identity, now);
      if (sees && !isFor(only, identity)) continue;
      const text = sees ? row.doc : was && removal(was, JSON.parse(row.doc) as LiveFrame)(identity);
      if (text !== undefined) server.send(text);
    }
  }
}

/** The frame for sockets that saw the conversation before and do not now. */
function removal(
  was: VisibilityScope,
  { seq, at, conversation_id }: LiveFrame,
): (who: SocketIdentity) => string | undefined {
  const text = frameText({ type: "conversation.removed", seq, at, conversation_id });
  return (who) => (maySee(who, was) ? text : undefined);
}
