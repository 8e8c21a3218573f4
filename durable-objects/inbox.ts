import { DurableObject } from "cloudflare:workers";
import { type AgentRights, endedCredentials, rightsOfAgents } from "../src/areas/auth/authenticate";
import { tenantD1 } from "../src/config";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { maySee } from "../src/kit/context";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { randomToken, sha256Hex } from "../src/kit/id";
import { logError } from "../src/kit/log";
import { type Audience, audienceOf, CLOSE, frameText, isFor, type LiveFrame, type SocketIdentity } from "./live.wire";
import { LiveSockets } from "./sockets";
import { conversationOf, wakeRouting } from "./stubs";

/** The stream is kept this deep for sockets to resume from. */
const KEEP_FRAMES = 10_000;
/** A socket that would have to be told more than this at once is better off with lists. */
const MAX_REPLAY_BYTES = 4 * 1024 * 1024;
const TICKET_MS = 30 * SECOND;
/** A socket that vanished counts for this much longer. */
const OFFLINE_AFTER_MS = 60 * SECOND;
/** Longer than anybody takes from reading a credential to opening a socket with it. */
const REMEMBER_REVOKED_MS = MINUTE;
const SWEEP_MS = MINUTE;
/** How long what is said waits for more to be written with it. */
const GATHER_MS = 4;
const PRUNE_EVERY = 500;
const WAKE_AFTER_MS = 1000;
/** Queues take this many messages in one call. */
const MAX_QUEUE_BATCH = 100;

/** In order, once, on first use after a deploy; what has been released is never changed. */
const VERSIONS: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, place TEXT NOT NULL, doc TEXT NOT NULL);
   CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE IF NOT EXISTS tickets (hash TEXT PRIMARY KEY, doc TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE openings (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, agent_id TEXT NOT NULL, credential_id TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE revoked (who TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE presence (agent_id TEXT PRIMARY KEY, tenant_db TEXT NOT NULL, is_written INTEGER NOT NULL, gone_at INTEGER) WITHOUT ROWID;`,
  `ALTER TABLE openings ADD COLUMN tenant_db TEXT NOT NULL DEFAULT '';`,
];

interface Place {
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

type Online = { tenant_db: string; is_written: number; gone_at: number | null };

/** One organization's live inbox: gives every event its place in one stream, and says it to whom it concerns. */
export class InboxObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #sockets: LiveSockets;
  readonly #settling = new Set<string>();
  #arrived: Arrival[] = [];
  #gathering: Promise<void> | undefined;
  readonly #toWake = new Map<string, string>();
  #exists = false;
  #seq = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sockets = new LiveSockets(ctx);
    // Anybody can name an organization in a ticket: one that does not exist leaves nothing behind.
    if (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray().length > 0) this.#open();
  }

  /** Before the first write. */
  #open(): void {
    if (this.#exists) return;
    this.ctx.storage.transactionSync(() => {
      this.#sql.exec("CREATE TABLE IF NOT EXISTS schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)");
      const from = this.#sql.exec<{ version: number }>("SELECT version FROM schema_version").toArray()[0]?.version ?? 0;
      for (const statements of VERSIONS.slice(from)) this.#sql.exec(statements);
      if (from < VERSIONS.length) this.#sql.exec("INSERT OR REPLACE INTO schema_version VALUES (1, ?)", VERSIONS.length);
    });
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM frames").one().seq ?? 0;
    this.#exists = true;
  }

  /**
   * Takes what happened in a conversation, in its order; durable and said when it returns. What came before is dropped: a conversation
   * says again whatever it is not sure to have said. Those that come within a few milliseconds are written together, since a commit
   * costs more than what is in it.
   */
  publish(conversationId: string, now: Place, frames: LiveFrame[], wakeFor: string | null = null): Promise<void> {
    this.#open();
    if (wakeFor !== null) this.#wakeSoon(conversationId, wakeFor);
    this.#arrived.push({ conversationId, now, frames });
    this.#gathering ??= new Promise((resolve) => setTimeout(resolve, GATHER_MS)).then(() => this.#takeArrived());
    return this.#gathering;
  }

  #takeArrived(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#gathering = undefined;
    const saying: Saying[] = [];
    this.ctx.storage.transactionSync(() => {
      let seq = this.#seq;
      for (const arrival of arrived) {
        const said = this.#take(arrival, seq + 1);
        if (!said) continue;
        saying.push(said);
        seq += said.texts.length;
      }
      // In chunks: a delete for every event would cost as much as the event.
      if (Math.floor(seq / PRUNE_EVERY) > Math.floor(this.#seq / PRUNE_EVERY)) this.#sql.exec("DELETE FROM frames WHERE seq <= ?", seq - KEEP_FRAMES);
    });
    for (const { texts, now, gone } of saying) {
      this.#seq += texts.length;
      texts.forEach(({ text, only }, i) =>
        this.#sockets.broadcast(
          text,
          (who) => maySee(who, now) && isFor(only, who),
          (who) => (i === 0 && !maySee(who, now) ? gone?.(who) : undefined),
        ),
      );
    }
  }

  /** Gives an arrival its places in the stream, from `first` on. Only inside a transaction. */
  #take({ conversationId, now, frames }: Arrival, first: number): Saying | undefined {
    const known = this.#sql.exec<{ seq: number; place: string }>("SELECT seq, place FROM conversations WHERE id = ?", conversationId).toArray()[0];
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
    if (first) setTimeout(() => this.ctx.waitUntil(this.#wake()), WAKE_AFTER_MS);
  }

  async #wake(): Promise<void> {
    const waiting = [...this.#toWake];
    this.#toWake.clear();
    const orgId = this.ctx.id.name!;
    const messages = waiting.map(([conversationId, tenantDb]) => ({ body: { kind: "project" as const, orgId, tenantDb, conversationId } }));
    try {
      for (let i = 0; i < messages.length; i += MAX_QUEUE_BATCH) await this.env.EVENTS.sendBatch(messages.slice(i, i + MAX_QUEUE_BATCH));
    } catch (error) {
      logError("wake_delayed", error, { conversations: waiting.length });
    }
  }

  // ── Sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  override async fetch(request: Request): Promise<Response> {
    const identity = JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity;
    const since = request.headers.get("x-omnistream-since");
    const tenantDb = request.headers.get("x-omnistream-tenant-db")!;
    this.#open();
    if (this.#isRevoked(identity)) return new Response("revoked", { status: 401 });
    const { response, server } = this.#sockets.accept(identity);
    const from = since === null ? this.#seq : Number(since);
    const reason = this.#cannotResume(from);
    if (reason) server.send(frameText({ type: "resync", seq: this.#seq, reason, call: "GET /api/conversations" }));
    else {
      server.send(frameText({ type: "hello", seq: from }));
      this.#replay(server, identity, from);
    }
    this.ctx.waitUntil(this.#cameOnline(identity.agentId, tenantDb));
    return response;
  }

  #cannotResume(from: number): "unknown_position" | "too_old" | undefined {
    if (from === this.#seq) return undefined;
    if (from > this.#seq) return "unknown_position";
    const missed = this.#sql.exec<{ n: number; bytes: number }>("SELECT count(*) AS n, sum(length(doc)) AS bytes FROM frames WHERE seq > ?", from).one();
    return missed.n < this.#seq - from || missed.bytes > MAX_REPLAY_BYTES ? "too_old" : undefined;
  }

  /** What a socket would have got had it stayed. Nothing else runs meanwhile, so nothing is said twice or left out. */
  #replay(server: WebSocket, identity: SocketIdentity, from: number): void {
    for (const row of this.#sql.exec<{ place: string; doc: string }>("SELECT place, doc FROM frames WHERE seq > ? ORDER BY seq", from)) {
      const { now, was, only } = JSON.parse(row.place) as Places;
      const sees = maySee(identity, now);
      if (sees && !isFor(only, identity)) continue;
      const text = sees ? row.doc : was && removal(was, JSON.parse(row.doc) as LiveFrame)(identity);
      if (text !== undefined) server.send(text);
    }
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    // The inbox only speaks. "ping" is answered without waking.
    socket.close(...CLOSE.takesNoMessages);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const { agentId } = this.#sockets.identityOf(socket);
    this.#sockets.drop(socket);
    if (this.#sockets.hasAgent(agentId)) return;
    this.#sql.exec("UPDATE presence SET gone_at = coalesce(gone_at, ?) WHERE agent_id = ?", clock.now(), agentId);
    await this.#alarmBy(clock.now() + OFFLINE_AFTER_MS);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  // ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A word that opens one socket, once, within 30 seconds: a browser cannot send a header with a WebSocket. */
  issueTicket(identity: SocketIdentity, tenantDb: string): { ticket: string; expiresAt: number } | undefined {
    this.#open();
    if (this.#isRevoked(identity)) return undefined;
    const now = clock.now();
    const ticket = randomToken(32);
    this.#sql.exec("DELETE FROM tickets WHERE expires_at <= ?", now);
    this.#sql.exec("INSERT INTO tickets VALUES (?, ?, ?)", sha256Hex(ticket), JSON.stringify({ identity, tenantDb }), now + TICKET_MS);
    return { ticket, expiresAt: now + TICKET_MS };
  }

  redeemTicket(ticket: string): { identity: SocketIdentity; tenantDb: string } | undefined {
    if (!this.#exists) return undefined;
    const [row] = this.#sql
      .exec<{ doc: string; expires_at: number }>("DELETE FROM tickets WHERE hash = ? RETURNING doc, expires_at", sha256Hex(ticket))
      .toArray();
    return row && row.expires_at > clock.now() ? (JSON.parse(row.doc) as { identity: SocketIdentity; tenantDb: string }) : undefined;
  }

  // ── Rights that end ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** A conversation asks before it lets a socket in; from then on `revoke` finds it. False: not to be let in. */
  async conversationOpened(conversationId: string, { opening, agentId, credentialId, ...rest }: SocketIdentity, tenantDb: string): Promise<boolean> {
    this.#open();
    if (this.#isRevoked({ agentId, credentialId, ...rest })) return false;
    this.#sql.exec("INSERT OR IGNORE INTO openings VALUES (?, ?, ?, ?, ?)", opening!, conversationId, agentId, credentialId, tenantDb);
    await this.#alarmBy(clock.now() + SWEEP_MS);
    return true;
  }

  conversationClosed(opening: string): void {
    if (this.#exists) this.#sql.exec("DELETE FROM openings WHERE id = ?", opening);
  }

  /** Ends every socket and ticket of a session, or of an agent: their rights have changed or are gone. */
  async revoke(who: { agentId?: string; credentialId?: string }): Promise<void> {
    this.#open();
    const now = clock.now();
    const [agentId, credentialId] = [who.agentId ?? null, who.credentialId ?? null];
    // Who was let in before this and is on the way here must not arrive after it.
    this.#sql.exec("DELETE FROM revoked WHERE at < ?", now - REMEMBER_REVOKED_MS);
    for (const id of [agentId, credentialId]) if (id !== null) this.#sql.exec("INSERT OR REPLACE INTO revoked VALUES (?, ?)", id, now);
    this.#sql.exec("DELETE FROM tickets WHERE doc ->> '$.identity.agentId' = ? OR doc ->> '$.identity.credentialId' = ?", agentId, credentialId);
    this.#sockets.closeOf(who);
    const opened = this.#sql
      .exec<{ conversation_id: string }>("SELECT DISTINCT conversation_id FROM openings WHERE agent_id = ? OR credential_id = ?", agentId, credentialId)
      .toArray();
    const org = { id: this.ctx.id.name!, tenantDb: "", country: null };
    await Promise.all(opened.map((row) => conversationOf({ env: this.env, org }, row.conversation_id).closeSockets(who)));
    this.#sql.exec("DELETE FROM openings WHERE agent_id = ? OR credential_id = ?", agentId, credentialId);
  }

  /** The same for many agents: a role's, in one call. */
  async revokeAgents(agentIds: readonly string[]): Promise<void> {
    for (const agentId of agentIds) await this.revoke({ agentId });
  }

  #isRevoked({ agentId, credentialId, authenticatedAt, expiresAt }: SocketIdentity): boolean {
    if (expiresAt !== null && expiresAt <= clock.now()) return true;
    return this.#sql.exec("SELECT 1 FROM revoked WHERE who IN (?, ?) AND at >= ?", agentId, credentialId, authenticatedAt).toArray().length > 0;
  }

  // ── Who is there ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async #cameOnline(agentId: string, tenantDb: string): Promise<void> {
    this.#sql.exec("INSERT INTO presence VALUES (?, ?, 0, NULL) ON CONFLICT DO UPDATE SET gone_at = NULL", agentId, tenantDb);
    await this.#alarmBy(clock.now() + SWEEP_MS);
    await this.#settle(agentId);
  }

  /** Brings to D1 whether an agent is there, until that is how it is: they may come and go while it is written. */
  async #settle(agentId: string): Promise<void> {
    if (this.#settling.has(agentId)) return;
    this.#settling.add(agentId);
    try {
      for (;;) {
        const row = this.#sql.exec<Online>("SELECT tenant_db, is_written, gone_at FROM presence WHERE agent_id = ?", agentId).toArray()[0];
        if (!row) return;
        const isOnline = this.#sockets.hasAgent(agentId) || row.gone_at === null || row.gone_at + OFFLINE_AFTER_MS > clock.now();
        if (row.is_written === Number(isOnline)) {
          if (!isOnline) this.#sql.exec("DELETE FROM presence WHERE agent_id = ?", agentId);
          return;
        }
        const db = new TenantDatabase(tenantD1(this.env, row.tenant_db), this.ctx.id.name!, new Cost(), "first-primary");
        await db.sql("UPDATE agents SET is_connected = ?3 WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'", agentId, Number(isOnline)).run();
        this.#sql.exec("UPDATE presence SET is_written = ? WHERE agent_id = ?", Number(isOnline), agentId);
        if (isOnline) this.ctx.waitUntil(wakeRouting({ env: this.env, org: { id: this.ctx.id.name!, tenantDb: row.tenant_db, country: null } }));
      }
    } catch (error) {
      // The sweep tries again.
      logError("presence_delayed", error, { agent_id: agentId });
    } finally {
      this.#settling.delete(agentId);
    }
  }

  async #alarmBy(at: number): Promise<void> {
    const known = await this.ctx.storage.getAlarm();
    if (known === null || known > at) await this.ctx.storage.setAlarm(at);
  }

  /**
   * Whoever takes a right back says so (`revoke`), but may be cut off before it is heard: nobody's socket outlives the credential
   * for longer than a sweep, nor hears what its agent's role and divisions do not allow any more.
   */
  async #endRevoked(): Promise<void> {
    const opened = this.#sql
      .exec<{ credential_id: string; tenant_db: string }>("SELECT DISTINCT credential_id, tenant_db FROM openings WHERE tenant_db <> ''")
      .toArray();
    const tenantDb = this.#sql.exec<{ tenant_db: string }>("SELECT tenant_db FROM presence LIMIT 1").toArray()[0]?.tenant_db ?? opened[0]?.tenant_db;
    const credentials = new Set([...this.#sockets.credentials(), ...opened.map((row) => row.credential_id)]);
    if (!tenantDb || credentials.size === 0) return;
    try {
      const db = new TenantDatabase(tenantD1(this.env, tenantDb), this.ctx.id.name!, new Cost(), "first-primary");
      for (const credentialId of await endedCredentials(db, [...credentials])) await this.revoke({ credentialId });
      const rights = await rightsOfAgents(db, [...this.#sockets.agents()]);
      await this.revokeAgents([...this.#sockets.agents((who) => hasMoreThan(who, rights.get(who.agentId)))]);
    } catch (error) {
      // The next sweep tries again.
      logError("sweep_delayed", error);
    }
  }

  /**
   * While anybody is there, once a minute: a restart takes sockets away without a word, a network goes silent, a session ends by
   * itself or was ended while this object could not be told.
   */
  override async alarm(): Promise<void> {
    if (!this.#exists) return;
    const now = clock.now();
    this.#sockets.closeStale(now);
    await this.#endRevoked();
    const present = this.#sockets.agents();
    for (const row of this.#sql.exec<Online & { agent_id: string }>("SELECT agent_id, tenant_db, is_written, gone_at FROM presence").toArray()) {
      if (present.has(row.agent_id) !== (row.gone_at === null)) {
        this.#sql.exec("UPDATE presence SET gone_at = ? WHERE agent_id = ?", present.has(row.agent_id) ? null : now, row.agent_id);
      }
      await this.#settle(row.agent_id);
    }
    const left = this.#sql.exec<{ n: number; gone: number | null }>("SELECT count(*) AS n, min(gone_at) AS gone FROM presence").one();
    const opened = this.#sql.exec("SELECT 1 FROM openings LIMIT 1").toArray().length > 0;
    if (left.n > 0 || opened) await this.#alarmBy(Math.max(now + SECOND, Math.min(now + SWEEP_MS, (left.gone ?? now) + OFFLINE_AFTER_MS)));
  }
}

function hasMoreThan(who: SocketIdentity, rights: AgentRights | undefined): boolean {
  // Came while that was read: with what it may now.
  if (!rights) return false;
  if (
    !rights.permissions.has("conversations.view") ||
    (who.all && !rights.permissions.has("conversations.view_all")) ||
    (who.readsNotes && !rights.permissions.has("notes.view"))
  )
    return true;
  return who.divisionIds.some((id) => !rights.divisionIds.has(id));
}

/** To whom a conversation was visible before, and is not now: that it is gone, and no more. */
function removal(was: Place, { seq, at, conversation_id }: LiveFrame): (who: SocketIdentity) => string | undefined {
  const text = frameText({ type: "conversation.removed", seq, at, conversation_id });
  return (who) => (maySee(who, was) ? text : undefined);
}
