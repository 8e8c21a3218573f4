import { clock, MINUTE, SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import type { InboxHost } from "./inbox.host";
import { wakeRouting } from "../src/objects";

/** An agent counts as online for this long after the last socket has closed. */
const OFFLINE_AFTER_MS = 60 * SECOND;
/** The interval of checks for sockets that closed without notice. */
const CHECK_MS = MINUTE;

type Online = { tenant_db: string; is_written: number; gone_at: number | null };

/** Writes to D1 which agents are online, derived from their inbox sockets. */
export class InboxPresence {
  readonly #host: InboxHost;
  readonly #sql: SqlStorage;
  readonly #writing = new Set<string>();

  constructor(host: InboxHost) {
    this.#host = host;
    this.#sql = host.storage.sql;
  }

  async cameOnline(agentId: string, tenantDb: string): Promise<void> {
    this.#sql.exec(
      "INSERT INTO presence VALUES (?, ?, 0, NULL) ON CONFLICT DO UPDATE SET gone_at = NULL",
      agentId,
      tenantDb,
    );
    await this.#host.wakeBy(clock.now() + CHECK_MS);
    await this.#write(agentId);
  }

  /** Handles the close of a socket. The agent goes offline 60 seconds after the last one. */
  async left(agentId: string): Promise<void> {
    if (this.#host.sockets.hasAgent(agentId)) return;
    this.#sql.exec("UPDATE presence SET gone_at = coalesce(gone_at, ?) WHERE agent_id = ?", clock.now(), agentId);
    await this.#host.wakeBy(clock.now() + OFFLINE_AFTER_MS);
  }

  /** The name of the organization's database, from the row of an online agent; undefined if nobody is online. */
  tenantDb(): string | undefined {
    return this.#sql.exec<{ tenant_db: string }>("SELECT tenant_db FROM presence LIMIT 1").toArray()[0]?.tenant_db;
  }

  /**
   * Finds sockets that a restart closed without notice. Returns the time of the next check (milliseconds); undefined if
   * nobody is online.
   */
  async check(now: number): Promise<number | undefined> {
    const present = this.#host.sockets.agents();
    for (const row of this.#sql
      .exec<Online & { agent_id: string }>("SELECT agent_id, tenant_db, is_written, gone_at FROM presence")
      .toArray()) {
      if (present.has(row.agent_id) !== (row.gone_at === null)) {
        this.#sql.exec(
          "UPDATE presence SET gone_at = ? WHERE agent_id = ?",
          present.has(row.agent_id) ? null : now,
          row.agent_id,
        );
      }
      await this.#write(row.agent_id);
    }
    const left = this.#sql
      .exec<{ n: number; gone: number | null }>("SELECT count(*) AS n, min(gone_at) AS gone FROM presence")
      .one();
    return left.n === 0 ? undefined : Math.min(now + CHECK_MS, (left.gone ?? now) + OFFLINE_AFTER_MS);
  }

  /** Writes an agent's presence to D1, and repeats if it changes during the write. */
  async #write(agentId: string): Promise<void> {
    if (this.#writing.has(agentId)) return;
    this.#writing.add(agentId);
    const { env, orgId } = this.#host;
    try {
      for (;;) {
        const row = this.#sql
          .exec<Online>("SELECT tenant_db, is_written, gone_at FROM presence WHERE agent_id = ?", agentId)
          .toArray()[0];
        if (!row) return;
        const isOnline =
          this.#host.sockets.hasAgent(agentId) || row.gone_at === null || row.gone_at + OFFLINE_AFTER_MS > clock.now();
        if (row.is_written === Number(isOnline)) {
          if (!isOnline) this.#sql.exec("DELETE FROM presence WHERE agent_id = ?", agentId);
          return;
        }
        await this.#host
          .databaseOf(row.tenant_db)
          // Only the first socket of an agent clears "away".
          .sql(
            "UPDATE agents SET is_connected = ?3, is_away = is_away AND NOT (?3 = 1 AND is_connected = 0) WHERE org_id = ?1 AND id = ?2 AND status <> 'deleted'",
            agentId,
            Number(isOnline),
          )
          .run();
        this.#sql.exec("UPDATE presence SET is_written = ? WHERE agent_id = ?", Number(isOnline), agentId);
        if (isOnline) this.#host.waitUntil(wakeRouting({ env, org: { id: orgId, tenantDb: row.tenant_db } }));
      }
    } catch (error) {
      // The next check tries again.
      logError("presence_delayed", error, { agent_id: agentId });
    } finally {
      this.#writing.delete(agentId);
    }
  }
}
