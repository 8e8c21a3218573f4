import type { AgentRights } from "../src/domain/context";
import type { Revoked } from "../src/domain/object-apis";
import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { randomToken, sha256Hex } from "../src/kit/id";
import { logError } from "../src/kit/log";
import { inParallel } from "../src/kit/parallel";
import type { InboxHost } from "./inbox.host";
import { CLOSE, type SocketIdentity } from "../src/domain/live";
import { conversationOf } from "../src/objects";

const TICKET_MS = 30 * SECOND;
/** Longer than the time between reading a credential and opening a socket with it. */
const REVOCATION_TTL_MS = MINUTE;
const SWEEP_MS = MINUTE;
const RETRY_MS = 10 * SECOND;
/**
 * Conversations called in one sweep, since the calls of an invocation are limited. If there are more, a sweep picks a
 * random part.
 */
const MAX_PER_SWEEP = 500;
const CONCURRENCY = 20;

/** `ids`, `ended`: JSON arrays of opening ids. */
type ConversationOpenings = { conversation_id: string; ids: string; ended: string };

/**
 * Admits sockets by tickets, and closes those whose rights have ended. Conversations hold their own sockets, but
 * register each one here (an opening) before they accept it, so that a revocation finds it.
 */
export class InboxAccess {
  readonly #host: InboxHost;
  readonly #sql: SqlStorage;

  constructor(host: InboxHost) {
    this.#host = host;
    this.#sql = host.storage.sql;
  }

  // ── Admission ────────────────────────────────────────────────────────────────────────────────────────────────────────

  issueTicket(identity: SocketIdentity, tenantDb: string): { ticket: string; expiresAt: number } | undefined {
    if (this.isRevoked(identity)) return undefined;
    const now = clock.now();
    const ticket = randomToken(32);
    this.#sql.exec("DELETE FROM tickets WHERE expires_at <= ?", now);
    this.#sql.exec(
      "INSERT INTO tickets VALUES (?, ?, ?)",
      sha256Hex(ticket),
      JSON.stringify({ identity, tenantDb }),
      now + TICKET_MS,
    );
    return { ticket, expiresAt: now + TICKET_MS };
  }

  redeemTicket(ticket: string): { identity: SocketIdentity; tenantDb: string } | undefined {
    const [row] = this.#sql
      .exec<{ doc: string; expires_at: number }>(
        "DELETE FROM tickets WHERE hash = ? RETURNING doc, expires_at",
        sha256Hex(ticket),
      )
      .toArray();
    return row && row.expires_at > clock.now()
      ? (JSON.parse(row.doc) as { identity: SocketIdentity; tenantDb: string })
      : undefined;
  }

  /** Whether the credential has expired, or was revoked after it was read. */
  isRevoked({ agentId, credentialId, authenticatedAt, expiresAt }: SocketIdentity): boolean {
    if (expiresAt !== null && expiresAt <= clock.now()) return true;
    return (
      this.#sql
        .exec("SELECT 1 FROM revoked WHERE who IN (?, ?) AND at >= ?", agentId, credentialId, authenticatedAt)
        .toArray().length > 0
    );
  }

  async enter(conversationId: string, identity: SocketIdentity, tenantDb: string): Promise<boolean> {
    if (this.isRevoked(identity)) return false;
    this.#sql.exec(
      "INSERT INTO openings (id, conversation_id, agent_id, credential_id, tenant_db, who) VALUES (?, ?, ?, ?, ?, ?)",
      identity.opening!,
      conversationId,
      identity.agentId,
      identity.credentialId,
      tenantDb,
      JSON.stringify(identity),
    );
    await this.#host.wakeBy(clock.now() + SWEEP_MS);
    return true;
  }

  leave(opening: string): void {
    this.#sql.exec("DELETE FROM openings WHERE id = ?", opening);
  }

  // ── End of rights ──────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Closes every socket and deletes every ticket of these sessions, keys and agents. An unreachable conversation is
   * called again by the alarm.
   */
  async revoke({ agentIds = [], credentialIds = [] }: Revoked): Promise<void> {
    if (agentIds.length === 0 && credentialIds.length === 0) return;
    const now = clock.now();
    const [agents, credentials] = [JSON.stringify(agentIds), JSON.stringify(credentialIds)];
    // A caller that was authenticated before this moment must not open a socket after it.
    this.#sql.exec("DELETE FROM revoked WHERE at < ?", now - REVOCATION_TTL_MS);
    for (const id of [...agentIds, ...credentialIds])
      this.#sql.exec("INSERT OR REPLACE INTO revoked VALUES (?, ?)", id, now);
    const matches = (agentId: string, credentialId: string): string =>
      `${agentId} IN (SELECT value FROM json_each(?)) OR ${credentialId} IN (SELECT value FROM json_each(?))`;
    this.#sql.exec(
      `DELETE FROM tickets WHERE ${matches("doc ->> '$.identity.agentId'", "doc ->> '$.identity.credentialId'")}`,
      agents,
      credentials,
    );
    this.#sql.exec(
      `UPDATE openings SET is_ended = 1 WHERE ${matches("agent_id", "credential_id")}`,
      agents,
      credentials,
    );
    this.#host.sockets.closeWhere(
      (who) => agentIds.includes(who.agentId) || credentialIds.includes(who.credentialId),
      CLOSE.sessionOver,
    );
    await this.#syncOpenings(true);
    if (this.#sql.exec("SELECT 1 FROM openings WHERE is_ended = 1 LIMIT 1").toArray().length > 0)
      await this.#host.wakeBy(now + RETRY_MS);
  }

  /**
   * Lets conversations close the sockets of ended openings, and deletes openings that they no longer have, since a
   * deploy or a crash closes sockets without notice. It deletes only openings that were selected before the call: a
   * later one may be missing in the answer.
   */
  async #syncOpenings(endedOnly: boolean): Promise<void> {
    const { env, orgId } = this.#host;
    const selected = this.#sql
      .exec<ConversationOpenings>(
        `SELECT conversation_id, json_group_array(id) AS ids, json_group_array(id) FILTER (WHERE is_ended = 1) AS ended FROM openings
         GROUP BY conversation_id HAVING max(is_ended) >= ? ORDER BY max(is_ended) DESC, random() LIMIT ?`,
        Number(endedOnly),
        MAX_PER_SWEEP,
      )
      .toArray();
    await inParallel(selected, CONCURRENCY, async ({ conversation_id: conversationId, ids, ended }) => {
      try {
        const conversation = conversationOf({ env, org: { id: orgId } }, conversationId);
        const open = new Set(await conversation.sweepSockets(JSON.parse(ended) as string[]));
        const gone = (JSON.parse(ids) as string[]).filter((id) => !open.has(id));
        this.#sql.exec("DELETE FROM openings WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(gone));
      } catch (error) {
        logError("openings_unknown", error, { conversation_id: conversationId });
      }
    });
  }

  /**
   * Runs every minute while a socket is open. Returns the time of the next run (milliseconds); undefined if no opening
   * is left.
   */
  async sweep(now: number, tenantDb: string | undefined): Promise<number | undefined> {
    this.#host.sockets.closeStale(now);
    await this.#syncOpenings(false);
    await this.#revokeMissed(now, tenantDb);
    return this.#sql.exec("SELECT 1 FROM openings LIMIT 1").toArray().length > 0 ? now + SWEEP_MS : undefined;
  }

  /**
   * Closes sockets whose revocation was lost, so that none outlives its credential or its agent's rights by more than a
   * sweep.
   */
  async #revokeMissed(now: number, knownDb: string | undefined): Promise<void> {
    const opened = this.#sql
      .exec<{ tenant_db: string; who: string }>("SELECT tenant_db, who FROM openings WHERE is_ended = 0")
      .toArray();
    const listening = [
      ...this.#host.sockets.identities(),
      ...opened.map((row) => JSON.parse(row.who) as SocketIdentity),
    ];
    const tenantDb = knownDb ?? opened[0]?.tenant_db;
    if (listening.length === 0 || tenantDb === undefined) return;
    const { services } = this.#host;
    const db = this.#host.databaseOf(tenantDb);
    const searches: (() => Promise<Revoked>)[] = [
      async () => ({
        credentialIds: await services.endedCredentials(db, [...new Set(listening.map((who) => who.credentialId))], now),
      }),
      async () => {
        const rights = await services.rightsOfAgents(db, [...new Set(listening.map((who) => who.agentId))]);
        return {
          agentIds: [
            ...new Set(
              listening.filter((who) => exceedsRights(who, rights.get(who.agentId))).map((who) => who.agentId),
            ),
          ],
        };
      },
    ];
    for (const find of searches) {
      try {
        await this.revoke(await find());
      } catch (error) {
        // The next sweep tries again.
        logError("sweep_delayed", error);
      }
    }
  }
}

function exceedsRights(who: SocketIdentity, rights: AgentRights | undefined): boolean {
  // An inactive agent has no valid credential, which `endedCredentials` finds.
  if (!rights) return false;
  if (
    !rights.permissions.has("conversations.view") ||
    (who.all && !rights.permissions.has("conversations.view_all")) ||
    !who.hearsWith.every((permission) => rights.permissions.has(permission))
  )
    return true;
  return who.divisionIds.some((id) => !rights.divisionIds.has(id));
}
