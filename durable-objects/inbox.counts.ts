import { maySee, type Visibility } from "../src/domain/context";
import type { LiveFrame } from "../src/domain/live-frames";
import type { ViewCount, ViewCounts } from "../src/domain/object-apis";
import { clock, MINUTE } from "../src/kit/clock";
import type { InboxHost } from "./inbox.host";

/** D1 has events that are older, or an outage keeps lists back too. */
const MAX_LAG_MS = 5 * MINUTE;

interface Known {
  version: number;
  agentId: string | null;
  divisionId: string | null;
  isLive: boolean;
  isUnread: boolean;
}

/** The stream that passes each change by. */
interface CountedStream {
  newest(): Iterable<LiveFrame>;
  /** The number of the newest event. */
  position(): number;
}

/** Conversations of one agent in one division. */
interface Sum extends ViewCount {
  assignedAgentId: string | null;
  divisionId: string | null;
}

/**
 * How many conversations are not resolved, by assignee and division. The stream passes each change by here, so the numbers
 * cost no row: they are in memory, from the first question after a start on, and begin with what D1 has.
 */
export class InboxCounts {
  readonly #host: InboxHost;
  /** Undefined: nobody has asked since the start. */
  #known: Map<string, Known> | undefined;
  #sums = new Map<string, Sum>();
  #loaded: Promise<void> | undefined;

  constructor(host: InboxHost) {
    this.#host = host;
  }

  /** Takes the state after an event. */
  see({ conversation_id: id, conversation }: LiveFrame): void {
    if (!this.#known) return;
    this.#set(id, {
      version: conversation.version,
      agentId: conversation.assigned_agent_id,
      divisionId: conversation.division_id,
      isLive: conversation.status !== "resolved",
      isUnread: conversation.unread_count > 0,
    });
  }

  forget(id: string): void {
    const known = this.#known?.get(id);
    if (known) this.#add(known, -1);
    this.#known?.delete(id);
  }

  async of(who: Visibility, tenantDb: string, stream: CountedStream | undefined): Promise<ViewCounts> {
    this.#loaded ??= this.#load(tenantDb, stream).catch((error: unknown) => {
      this.#known = this.#loaded = undefined;
      throw error;
    });
    await this.#loaded;
    const none = (): ViewCount => ({ total: 0, unread: 0 });
    const counts: ViewCounts = {
      seq: stream?.position() ?? 0,
      mine: none(),
      unassigned: none(),
      all: none(),
      divisions: Object.fromEntries(who.divisionIds.map((id) => [id, none()])),
    };
    for (const sum of this.#sums.values()) {
      const { assignedAgentId, divisionId } = sum;
      if (sum.total === 0 || !maySee(who, sum)) continue;
      addTo(counts.all, sum);
      if (assignedAgentId === null) addTo(counts.unassigned, sum);
      else if (assignedAgentId === who.agentId) addTo(counts.mine, sum);
      if (divisionId !== null && (who.all || who.divisionIds.includes(divisionId)))
        addTo((counts.divisions[divisionId] ??= none()), sum);
    }
    return counts;
  }

  async #load(tenantDb: string, stream: CountedStream | undefined): Promise<void> {
    this.#known = new Map();
    this.#sums = new Map();
    const rows = await this.#host.databaseOf(tenantDb).query<{
      id: string;
      version: number;
      agent: string;
      division: string;
      unread: number;
    }>("SELECT id, version, assigned_agent_id AS agent, division_id AS division, is_unread AS unread FROM conversations WHERE org_id = ?1 AND status <> 'resolved'");
    for (const { id, version, agent, division, unread } of rows)
      this.#set(id, {
        version,
        agentId: agent || null,
        divisionId: division || null,
        isLive: true,
        isUnread: unread === 1,
      });
    // D1 lags: it may not have the latest frames yet.
    const since = new Date(clock.now() - MAX_LAG_MS).toISOString();
    for (const frame of stream?.newest() ?? []) {
      if (frame.at < since) break;
      this.see(frame);
    }
  }

  #set(id: string, now: Known): void {
    const before = this.#known!.get(id);
    if (before && before.version >= now.version) return;
    if (before) this.#add(before, -1);
    this.#add(now, 1);
    this.#known!.set(id, now);
  }

  #add({ agentId, divisionId, isLive, isUnread }: Known, sign: 1 | -1): void {
    if (!isLive) return;
    const key = `${agentId ?? ""} ${divisionId ?? ""}`;
    let sum = this.#sums.get(key);
    if (!sum) this.#sums.set(key, (sum = { assignedAgentId: agentId, divisionId, total: 0, unread: 0 }));
    sum.total += sign;
    if (isUnread) sum.unread += sign;
  }
}

function addTo(count: ViewCount, sum: ViewCount): void {
  count.total += sum.total;
  count.unread += sum.unread;
}
