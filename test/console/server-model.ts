import type { Conversation, ViewFilter } from "../../web/src/live/matches";
import { compare, matches, placeOf } from "../../web/src/live/matches";

/** Models the server as far as the console's list can see it: rows, events in order, pages that lag. */

export const ME = "00000000-0000-4000-8000-0000000000aa";
const OTHER = "00000000-0000-4000-8000-0000000000bb";
const OWN_DIVISION = "00000000-0000-4000-8000-0000000000d1";
const OTHER_DIVISION = "00000000-0000-4000-8000-0000000000d2";
const AGENTS = [ME, OTHER, null];
export const DIVISIONS = [OWN_DIVISION, OTHER_DIVISION, null];
export const TAGS = ["vip", "Straße", "VIP"];

export interface Frame {
  conversation: Conversation;
  /** The agent may not see it any more. */
  isRemoval: boolean;
}

export interface Change {
  row: number;
  status?: Conversation["status"];
  agent?: number;
  division?: number;
  unread?: number;
  tags?: readonly number[];
  window?: Conversation["window_status"];
  sla?: Conversation["sla_status"];
  /** Reading moves nothing. */
  isActivity: boolean;
}

const maySee = ({ assigned_agent_id: agent, division_id: division }: Conversation): boolean =>
  agent === null || agent === ME || division === OWN_DIVISION;

/** Not in the order of their ids. */
const idOf = (i: number): string =>
  `${((i * 7919) % 65_536).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;

export class ServerModel {
  /** The rows after each change. */
  readonly history: (readonly Conversation[])[];
  private at = Date.parse("2026-11-30T08:00:00.000Z");

  constructor(count: number) {
    this.history = [Array.from({ length: count }, (_, i) => this.first(i))];
  }

  private first(i: number): Conversation {
    // Some of the same moment.
    const at = new Date(this.at + Math.floor(i / 2) * 1000).toISOString();
    return {
      id: idOf(i),
      contact_id: idOf(i),
      status: (["open", "pending", "resolved"] as const)[i % 3]!,
      last_message_at: at,
      unread_count: i % 2,
      created_at: at,
      updated_at: at,
      contact_channel: (["whatsapp", "email"] as const)[i % 2]!,
      assigned_agent_id: AGENTS[i % 3]!,
      contact_name: `Customer ${i}`,
      contact_phone: null,
      account_id: idOf(0),
      division_id: DIVISIONS[i % 3]!,
      waiting_since: null,
      tags: i % 4 === 0 ? ["vip"] : [],
      last_message: `message ${i}`,
      window_expires_at: null,
      window_status: "open",
      thread_control: "ours",
      referral: null,
      sla_status: "active",
      cycle: 1,
      message_count: 1,
      version: 1,
    };
  }

  get now(): number {
    return this.history.length - 1;
  }

  rowsAt(moment: number): readonly Conversation[] {
    return this.history[Math.max(0, Math.min(moment, this.now))]!;
  }

  /** Returns the frame that the agent gets, if any. */
  change({ row: i, status, agent, division, unread, tags, window, sla, isActivity }: Change): Frame | undefined {
    const rows = this.rowsAt(this.now);
    const before = rows[i % rows.length]!;
    this.at += 60_000;
    const after: Conversation = {
      ...before,
      version: before.version + 1,
      ...(status !== undefined && { status }),
      ...(agent !== undefined && { assigned_agent_id: AGENTS[agent % 3]! }),
      ...(division !== undefined && { division_id: DIVISIONS[division % 3]! }),
      ...(unread !== undefined && { unread_count: unread }),
      ...(tags !== undefined && { tags: tags.map((one) => TAGS[one % TAGS.length]!) }),
      ...(window !== undefined && { window_status: window }),
      ...(sla !== undefined && { sla_status: sla }),
      ...(isActivity && { updated_at: new Date(this.at).toISOString() }),
    };
    this.history.push(rows.map((row) => (row === before ? after : row)));
    if (maySee(after)) return { conversation: after, isRemoval: false };
    return maySee(before) ? { conversation: after, isRemoval: true } : undefined;
  }

  /** The whole list that a fresh GET of the view pages through. */
  list(filter: ViewFilter, moment = this.now): Conversation[] {
    return this.rowsAt(moment)
      .filter((row) => maySee(row) && matches(filter, row, ME))
      .sort((one, other) => compare(filter.sort, placeOf(one), placeOf(other)));
  }

  page(filter: ViewFilter, cursor: string | undefined, limit: number, moment: number) {
    const [at, id] = (cursor ?? "").split(" ");
    const behind = this.list(filter, moment).filter(
      (row) => cursor === undefined || compare(filter.sort, placeOf(row), { at: at!, id: id! }) > 0,
    );
    const data = behind.slice(0, limit);
    const last = data.at(-1);
    const hasMore = behind.length > limit;
    return { data, has_more: hasMore, next_cursor: hasMore ? `${last!.updated_at} ${last!.id}` : null };
  }
}
