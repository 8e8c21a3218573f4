import { DurableObject } from "cloudflare:workers";
import { tenantD1 } from "../src/config";
import { clock, SECOND } from "../src/kit/clock";
import { Cost } from "../src/kit/cost";
import { TenantDatabase } from "../src/kit/database";
import { inboxServices } from "../src/services";
import { InboxAccess } from "./inbox.access";
import { InboxCounts } from "./inbox.counts";
import type { InboxHost } from "./inbox.host";
import { InboxPush } from "./inbox.push";
import { InboxPresence } from "./inbox.presence";
import { InboxStream } from "./inbox.stream";
import type { Visibility } from "../src/domain/context";
import type { Arrival, Implements, InboxApi, Revoked, ViewCounts } from "../src/domain/object-apis";
import { CLOSE, frameText, type SocketIdentity } from "../src/domain/live";
import type { ProgressFrame } from "../src/domain/live-frames";
import { LiveSockets } from "./sockets";
import { applyVersions, INBOX_VERSIONS } from "./versions";

const SCHEMA_VERSION = "schema_version";

/** One organization's live inbox. The class wires its parts (stream, access, presence) and handles the alarm. */
export class InboxObject extends DurableObject<Env> implements Implements<InboxApi> {
  readonly #sockets: LiveSockets;
  readonly #stream: InboxStream;
  readonly #counts: InboxCounts;
  readonly #push: InboxPush;
  readonly #access: InboxAccess;
  readonly #presence: InboxPresence;
  #exists = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sockets = new LiveSockets(ctx);
    const host: InboxHost = {
      env,
      orgId: ctx.id.name!,
      storage: ctx.storage,
      sockets: this.#sockets,
      services: inboxServices,
      waitUntil: (work) => ctx.waitUntil(work),
      wakeBy: (at) => this.#wakeBy(at),
      databaseOf: (tenantDb) => new TenantDatabase(tenantD1(env, tenantDb), ctx.id.name!, new Cost(), "first-primary"),
    };
    this.#counts = new InboxCounts(host);
    this.#push = new InboxPush(host);
    this.#stream = new InboxStream(host, this.#counts, this.#push);
    this.#access = new InboxAccess(host);
    this.#presence = new InboxPresence(host);
    // A ticket may name an organization that does not exist: reading it must not create tables.
    if (this.#schemaVersion() > 0) this.#open();
  }

  /** Creates or migrates the tables. Call it before the first write. */
  #open(): void {
    if (this.#exists) return;
    const from = this.#schemaVersion();
    if (from < INBOX_VERSIONS.length) {
      this.ctx.storage.transactionSync(() => {
        applyVersions(this.ctx.storage.sql, INBOX_VERSIONS, from);
        this.ctx.storage.kv.put(SCHEMA_VERSION, INBOX_VERSIONS.length);
      });
    }
    this.#stream.open();
    this.#exists = true;
  }

  #schemaVersion(): number {
    return this.ctx.storage.kv.get<number>(SCHEMA_VERSION) ?? 0;
  }

  // ── Called by conversations ──────────────────────────────────────────────────────────────────────────────────────────

  publish(arrival: Arrival, wakeFor: string | null = null): Promise<boolean> {
    this.#open();
    return this.#stream.publish(arrival, wakeFor);
  }

  show(frame: ProgressFrame): void {
    if (this.#exists) this.#sockets.broadcast(frameText(frame), (who) => who.hearsWith.includes("campaigns.view"));
  }

  conversationOpened(conversationId: string, identity: SocketIdentity, tenantDb: string): Promise<boolean> {
    this.#open();
    return this.#access.enter(conversationId, identity, tenantDb);
  }

  conversationClosed(opening: string): void {
    if (this.#exists) this.#access.leave(opening);
  }

  pushTo(agentId: string, tenantDb: string): void {
    this.#open();
    this.#push.add(agentId, tenantDb);
  }

  counts(who: Visibility, tenantDb: string): Promise<ViewCounts> {
    return this.#counts.of(who, tenantDb, this.#exists ? this.#stream : undefined);
  }

  forget(conversationIds: readonly string[]): void {
    if (!this.#exists) return;
    this.#stream.forget(conversationIds);
    this.#push.forget(new Set(conversationIds));
  }

  // ── Called by operations ─────────────────────────────────────────────────────────────────────────────────────────────

  issueTicket(identity: SocketIdentity, tenantDb: string): { ticket: string; expiresAt: number } | undefined {
    this.#open();
    return this.#access.issueTicket(identity, tenantDb);
  }

  redeemTicket(ticket: string): { identity: SocketIdentity; tenantDb: string } | undefined {
    return this.#exists ? this.#access.redeemTicket(ticket) : undefined;
  }

  async revoke(whose: Revoked): Promise<void> {
    this.#open();
    await this.#access.revoke(whose);
  }

  // ── Sockets ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  override async fetch(request: Request): Promise<Response> {
    const identity = JSON.parse(request.headers.get("x-omnistream-identity")!) as SocketIdentity;
    const since = request.headers.get("x-omnistream-since");
    this.#open();
    if (this.#access.isRevoked(identity)) return new Response("revoked", { status: 401 });
    const { response, server } = this.#sockets.accept(identity);
    this.#stream.begin(server, identity, since === null ? undefined : Number(since));
    this.ctx.waitUntil(this.#presence.cameOnline(identity.agentId, request.headers.get("x-omnistream-tenant-db")!));
    return response;
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    // The inbox takes no messages. The runtime answers "ping" without waking the object.
    socket.close(...CLOSE.takesNoMessages);
  }

  override async webSocketClose(socket: WebSocket): Promise<void> {
    const who = this.#sockets.drop(socket);
    if (who) await this.#presence.left(who.agentId);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.webSocketClose(socket);
  }

  // ── Time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #wakeBy(at: number): Promise<void> {
    const known = await this.ctx.storage.getAlarm();
    if (known === null || known > at) await this.ctx.storage.setAlarm(at);
  }

  /**
   * Runs every minute while anybody is connected. It finds sockets that a restart or the network closed without notice,
   * and sessions that have expired or whose revocation was lost.
   */
  override async alarm(): Promise<void> {
    if (!this.#exists) return;
    const now = clock.now();
    await this.#push.run();
    const next = [
      await this.#access.sweep(now, this.#presence.tenantDb()),
      await this.#presence.check(now),
      this.#push.nextAt(),
    ].filter((at) => at !== undefined);
    if (next.length > 0) await this.#wakeBy(Math.max(now + SECOND, Math.min(...next)));
  }
}
