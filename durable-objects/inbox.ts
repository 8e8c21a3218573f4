import { DurableObject } from "cloudflare:workers";
import { tenantD1 } from "../src/config";
import { clock, SECOND } from "../src/kit/clock";
import { maySee } from "../src/kit/context";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { randomToken, sha256Hex } from "../src/kit/id";
import { logError } from "../src/kit/log";
import type { LiveFrame, SocketIdentity } from "./conversation.wire";
import { LiveSockets } from "./sockets";
import { conversationOf } from "./stubs";

/** The stream is kept this deep for sockets to resume from. */
const KEEP_FRAMES = 10_000;
const TICKET_MS = 30 * SECOND;
/** A socket that vanished counts for this much longer. */
const OFFLINE_AFTER_MS = 60 * SECOND;

interface Place {
  assignedAgentId: string | null;
  divisionId: string | null;
}

type Frame = Pick<LiveFrame, "conversation_id">;

/** One organization's live inbox: gives every event its place in one stream, and says it to whom it concerns. */
export class InboxObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #sockets: LiveSockets;
  #seq = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sockets = new LiveSockets(ctx);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS frames (seq INTEGER PRIMARY KEY, place TEXT NOT NULL, doc TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS tickets (hash TEXT PRIMARY KEY, doc TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS opened (conversation_id TEXT, credential_id TEXT, agent_id TEXT, PRIMARY KEY (conversation_id, credential_id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS online (agent_id TEXT PRIMARY KEY, tenant_db TEXT NOT NULL, gone_at INTEGER) WITHOUT ROWID;
    `);
    this.#seq = this.#sql.exec<{ seq: number | null }>("SELECT max(seq) AS seq FROM frames").one().seq ?? 0;
  }

  /**
   * Takes what happened in a conversation, in its order. What came before is dropped: a conversation says again whatever it is not
   * sure to have said.
   */
  publish(conversationId: string, place: Place, frames: LiveFrame[]): void {
    const known = this.#sql.exec<{ seq: number; place: string }>("SELECT seq, place FROM conversations WHERE id = ?", conversationId).toArray()[0];
    const was = known && (JSON.parse(known.place) as Place);
    const news = frames.filter((frame) => frame.seq > (known?.seq ?? 0));
    if (news.length === 0) return;
    const numbered: LiveFrame[] = [];
    this.ctx.storage.transactionSync(() => {
      for (const frame of news) {
        this.#seq++;
        const said = { ...frame, seq: this.#seq };
        this.#sql.exec("INSERT INTO frames VALUES (?, ?, ?)", this.#seq, JSON.stringify({ now: place, was: was ?? place }), JSON.stringify(said));
        numbered.push(said);
      }
      this.#sql.exec(
        "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, place = excluded.place",
        conversationId,
        news.at(-1)!.seq,
        JSON.stringify(place),
      );
      // In chunks: a delete for every event would cost as much as the event.
      if (this.#seq % 500 < news.length) this.#sql.exec("DELETE FROM frames WHERE seq <= ?", this.#seq - KEEP_FRAMES);
    });
    for (const frame of numbered) this.#sockets.broadcast(frame, (who) => maySee(who, place), removal(was, conversationId));
  }

  // ── Sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  override async fetch(request: Request): Promise<Response> {
    const identity = JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity;
    const since = request.headers.get("x-omnistream-since");
    const tenantDb = request.headers.get("x-omnistream-tenant-db")!;
    const { response, server } = this.#sockets.accept(identity);
    const oldest = this.#sql.exec<{ seq: number | null }>("SELECT min(seq) AS seq FROM frames").one().seq ?? this.#seq + 1;
    const from = since === null ? this.#seq : Number(since);
    if (from > this.#seq || from < oldest - 1) {
      const reason = from > this.#seq ? "unknown_position" : "too_old";
      server.send(JSON.stringify({ type: "resync", seq: this.#seq, reason, call: "GET /api/conversations" }));
    } else {
      server.send(JSON.stringify({ type: "hello", seq: from }));
      this.#replay(server, identity, from);
    }
    this.ctx.waitUntil(this.#cameOnline(identity.agentId, tenantDb));
    return response;
  }

  /** What a socket missed, as it may see it now. Nothing else runs meanwhile, so nothing is said twice or left out. */
  #replay(server: WebSocket, identity: SocketIdentity, from: number): void {
    for (const row of this.#sql.exec<{ place: string; doc: string }>("SELECT place, doc FROM frames WHERE seq > ? ORDER BY seq", from)) {
      const place = JSON.parse(row.place) as { now: Place; was: Place };
      if (maySee(identity, place.now)) server.send(row.doc);
      else {
        const other = removal(place.was, (JSON.parse(row.doc) as Frame).conversation_id)(identity);
        if (other) server.send(JSON.stringify(other));
      }
    }
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    // The inbox only speaks. "ping" is answered without waking.
    socket.close(1008, "this socket takes no messages");
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const { agentId } = this.#sockets.identityOf(socket);
    this.#sockets.drop(socket);
    if (this.#sockets.hasAgent(agentId)) return;
    this.#sql.exec("UPDATE online SET gone_at = ? WHERE agent_id = ?", clock.now(), agentId);
    await this.#alarmBy(clock.now() + OFFLINE_AFTER_MS);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  // ── Tickets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A word that opens one socket, once, within 30 seconds: a browser cannot send a header with a WebSocket. */
  issueTicket(identity: SocketIdentity, tenantDb: string): { ticket: string; expiresAt: number } {
    const now = clock.now();
    const ticket = randomToken(32);
    this.#sql.exec("DELETE FROM tickets WHERE expires_at <= ?", now);
    this.#sql.exec("INSERT INTO tickets VALUES (?, ?, ?)", sha256Hex(ticket), JSON.stringify({ identity, tenantDb }), now + TICKET_MS);
    return { ticket, expiresAt: now + TICKET_MS };
  }

  redeemTicket(ticket: string): { identity: SocketIdentity; tenantDb: string } | undefined {
    const [row] = this.#sql.exec<{ doc: string; expires_at: number }>("DELETE FROM tickets WHERE hash = ? RETURNING doc, expires_at", sha256Hex(ticket)).toArray();
    return row && row.expires_at > clock.now() ? (JSON.parse(row.doc) as { identity: SocketIdentity; tenantDb: string }) : undefined;
  }

  // ── Who is there ─────────────────────────────────────────────────────────────────────────────────────────────────────

  conversationOpened(conversationId: string, agentId: string, credentialId: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO opened VALUES (?, ?, ?)", conversationId, credentialId, agentId);
  }

  conversationClosed(conversationId: string, _agentId: string, credentialId: string): void {
    this.#sql.exec("DELETE FROM opened WHERE conversation_id = ? AND credential_id = ?", conversationId, credentialId);
  }

  /** Ends every socket and ticket of a session, or of an agent: their rights have changed or are gone. */
  async revoke(who: { agentId?: string; credentialId?: string }): Promise<void> {
    this.#sockets.closeOf(who);
    this.#sql.exec("DELETE FROM tickets WHERE doc ->> '$.identity.agentId' = ? OR doc ->> '$.identity.credentialId' = ?", who.agentId ?? null, who.credentialId ?? null);
    const opened = this.#sql
      .exec<{ conversation_id: string }>("SELECT DISTINCT conversation_id FROM opened WHERE agent_id = ? OR credential_id = ?", who.agentId ?? null, who.credentialId ?? null)
      .toArray();
    const orgId = this.ctx.id.name!;
    await Promise.all(
      opened.map((row) => conversationOf({ env: this.env, org: { id: orgId, tenantDb: "", country: null } }, row.conversation_id).closeSockets(who)),
    );
  }

  async #cameOnline(agentId: string, tenantDb: string): Promise<void> {
    const [known] = this.#sql.exec("SELECT 1 FROM online WHERE agent_id = ?", agentId).toArray();
    this.#sql.exec("INSERT INTO online VALUES (?, ?, NULL) ON CONFLICT DO UPDATE SET gone_at = NULL", agentId, tenantDb);
    if (!known) await this.#setConnected(agentId, tenantDb, true);
  }

  async #setConnected(agentId: string, tenantDb: string, isConnected: boolean): Promise<void> {
    try {
      const db = new TenantDatabase(tenantD1(this.env, tenantDb), this.ctx.id.name!, new Cost(), "first-primary");
      await db.sql("UPDATE agents SET is_connected = ?3 WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'", agentId, isConnected ? 1 : 0).run();
      if (!isConnected) this.#sql.exec("DELETE FROM online WHERE agent_id = ?", agentId);
    } catch (error) {
      logError("presence_delayed", error, { agent_id: agentId });
      this.#sql.exec("UPDATE online SET gone_at = coalesce(gone_at, ?) WHERE agent_id = ?", clock.now(), agentId);
      await this.#alarmBy(clock.now() + OFFLINE_AFTER_MS);
    }
  }

  async #alarmBy(at: number): Promise<void> {
    const known = await this.ctx.storage.getAlarm();
    if (known === null || known > at) await this.ctx.storage.setAlarm(at);
  }

  override async alarm(): Promise<void> {
    const now = clock.now();
    const gone = this.#sql
      .exec<{ agent_id: string; tenant_db: string; gone_at: number }>("SELECT agent_id, tenant_db, gone_at FROM online WHERE gone_at IS NOT NULL ORDER BY gone_at")
      .toArray();
    for (const row of gone) {
      if (row.gone_at + OFFLINE_AFTER_MS > now) {
        await this.#alarmBy(row.gone_at + OFFLINE_AFTER_MS);
        break;
      }
      const isConnected = this.#sockets.hasAgent(row.agent_id);
      if (isConnected) this.#sql.exec("UPDATE online SET gone_at = NULL WHERE agent_id = ?", row.agent_id);
      await this.#setConnected(row.agent_id, row.tenant_db, isConnected);
    }
  }
}

/** To whom a conversation was visible before, and is not now: that it is gone, and no more. */
function removal(was: Place | undefined, conversationId: string) {
  return (who: SocketIdentity) => (was && maySee(who, was) ? { type: "conversation.removed" as const, conversation_id: conversationId } : undefined);
}

