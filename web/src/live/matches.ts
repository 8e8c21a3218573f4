import type { Calls, ConversationWithContact } from "../api/api.gen";

/** Which conversations a view shows, as `GET /api/conversations` decides it. Pure. */

export type Conversation = ConversationWithContact;
type Query = NonNullable<Calls["GET /api/conversations"]["query"]>;
export type ViewFilter = Omit<Query, "limit" | "cursor" | "sort"> & { sort: "newest" | "oldest" };

/**
 * Whether the filter takes the conversation. `q` is the server's to decide (it searches contacts in its own index), so
 * it is left out here: see `InboxView.found`.
 */
export function matches(filter: ViewFilter, row: Conversation, agentId: string): boolean {
  const { status, channel, assigned_agent_id, division_id, tag, unread, window, sla_status, updated_since } = filter;
  if (status && !status.includes(row.status)) return false;
  if (channel && !channel.includes(row.contact_channel)) return false;
  if (assigned_agent_id && !assigned_agent_id.some((one) => row.assigned_agent_id === agentOf(one, agentId)))
    return false;
  if (division_id && (row.division_id === null || !division_id.includes(row.division_id))) return false;
  if (tag && !hasTags(row.tags, tag)) return false;
  if (unread !== undefined && row.unread_count > 0 !== (unread === "true")) return false;
  // The windows of resolved conversations are not followed.
  if (window !== undefined && (row.status === "resolved" || row.window_status !== window)) return false;
  if (sla_status && !sla_status.includes(row.sla_status)) return false;
  return updated_since === undefined || row.updated_at >= new Date(updated_since).toISOString();
}

const agentOf = (wanted: string, agentId: string): string | null =>
  wanted === "none" ? null : wanted === "me" ? agentId : wanted;

/** Equal for tags that differ only in case or in the Unicode form of their accents. */
const tagKey = (tag: string): string => tag.normalize("NFC").toLowerCase().normalize("NFC");

function hasTags(tags: readonly string[], wanted: readonly string[]): boolean {
  const keys = new Set(tags.map(tagKey));
  return wanted.every((tag) => keys.has(tagKey(tag)));
}

/** A place in a view's order. */
export interface Place {
  at: string;
  id: string;
}

export const placeOf = ({ updated_at, id }: Conversation): Place => ({ at: updated_at, id });

/** Negative if `one` stands before `other`. */
export function compare(sort: ViewFilter["sort"], one: Place, other: Place): number {
  const order = one.at === other.at ? (one.id < other.id ? -1 : one.id > other.id ? 1 : 0) : one.at < other.at ? -1 : 1;
  return sort === "newest" ? -order : order;
}
