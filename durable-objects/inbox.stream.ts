import { maySee, type VisibilityScope } from "../src/domain/context";
import { logError } from "../src/kit/log";
import type { InboxHost } from "./inbox.host";
import { type Audience, audienceOf, frameText, isFor, type LiveFrame, type SocketIdentity } from "../src/domain/live";

/** The number of newest frames that are kept for sockets to resume from. */
const KEEP_FRAMES = 10_000;
/** A socket that missed more than this gets `resync` instead of a replay. */
const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
/** Events that arrive within this time are written in one commit. */
const GATHER_MS = 4;
const PRUNE_EVERY = 500;
const WAKE_AFTER_MS = 1000;
/** Queues take this many messages in one call. */
const MAX_QUEUE_BATCH = 100;

/**
 * A frame's visibility: `now` is its conversation's scope, `was` the former scope if the frame changed it, `only` its
 * audience.
 */
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

/**
 * Numbered frames for the sockets that may see the conversation. `gone` makes the frame for sockets that lost sight of
 * it.
 */
interface Broadcast {
  texts: { text: string; only: Audience | undefined }[];
  now: VisibilityScope;
  gone: ((who: SocketIdentity) => string | undefined) | undefined;
}

/**
 * Numbers the events of an organization in one stream, sends each to the sockets that may see it, and replays it to
 * sockets that resume.
 */
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

  /** Reads the last number. The tables must exist. */
  open(): void {
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM frames").one().seq ?? 0;
  }

  /**
   * Takes events of a conversation, in their order. They are durable and sent when it returns. Duplicates are dropped,
   * since a conversation repeats unconfirmed events. Arrivals within `GATHER_MS` share a commit, which costs more than
   * its content. Returns whether a socket is open. `wakeFor`: the tenant's database, if the consumer is to be woken.
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
        const broadcast = this.#take(arrival, seq + 1);
        if (!broadcast) continue;
        broadcasts.push(broadcast);
        seq += broadcast.texts.length;
      }
      // In chunks, since a delete per event would cost as much as its insert.
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

  /**
   * Stores the frames of an arrival, numbered from `first` on; undefined: all are duplicates. Call it inside a
   * transaction.
   */
  #take({ conversationId, now, frames }: Arrival, first: number): Broadcast | undefined {
    const known = this.#sql
      .exec<{ seq: number; place: string }>("SELECT seq, place FROM conversations WHERE id = ?", conversationId)
      .toArray()[0];
    const newFrames = frames.filter((frame) => frame.seq > (known?.seq ?? 0));
    if (newFrames.length === 0) return undefined;
    const scope = JSON.stringify(now);
    // A socket that loses sight of the conversation gets the removal in place of the first frame.
    const was = known && known.place !== scope ? (JSON.parse(known.place) as VisibilityScope) : undefined;
    const texts = newFrames.map((frame, i) => ({
      text: frameText({ ...frame, seq: first + i }),
      only: audienceOf(frame),
    }));
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
      newFrames.at(-1)!.seq,
      scope,
    );
    return { texts, now, gone: was && removal(was, { ...newFrames[0]!, seq: first }) };
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
      .exec<{ n: number; bytes: number }>(
        "SELECT count(*) AS n, sum(length(doc)) AS bytes FROM frames WHERE seq > ?",
        from,
      )
      .one();
    return missed.n < this.#seq - from || missed.bytes > MAX_REPLAY_BYTES ? "too_old" : undefined;
  }

  /** Sends the frames that the socket missed. It is synchronous, so that no frame is skipped or sent twice. */
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

/** Makes `conversation.removed` for a socket that saw the conversation in its former scope; undefined for others. */
function removal(
  was: VisibilityScope,
  { seq, at, conversation_id }: LiveFrame,
): (who: SocketIdentity) => string | undefined {
  const text = frameText({ type: "conversation.removed", seq, at, conversation_id });
  return (who) => (maySee(who, was) ? text : undefined);
}
