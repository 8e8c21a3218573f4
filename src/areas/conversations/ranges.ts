import { CHANNELS, type Channel } from "../../channels/channel";
import type { ConversationStatus } from "../../domain/conversation/state";
import { SLA_STATUSES, type SlaStatus } from "../../domain/sla";
import type { WindowStatus } from "../../domain/window";
import type { Visibility } from "../../domain/context";

/*
 * The ranges of a list of conversations: disjoint, and each in the list's order in one index. Ranges of unresolved
 * conversations may skip entries of their index; those of history are exact (docs/adr/0005). Pure. filter.ts makes one
 * statement of them.
 */

/** Conversations that have one of the values of each filter, and all of the tags. */
export interface ConversationFilter {
  status?: readonly ConversationStatus[];
  channel?: readonly Channel[];
  /** No index of the table has it: such a list is read from the full-text index. */
  account?: readonly string[];
  /** Ids of agents; "" for unassigned. */
  assigned?: readonly string[];
  division?: readonly string[];
  /** Keys of tags (`tagKey`). */
  tags?: readonly string[];
  unread?: boolean;
  /** Milliseconds since 1970. */
  updatedSince?: number;
  /** Implies that the conversation is not resolved. */
  window?: WindowStatus;
  sla?: readonly SlaStatus[];
  oldestFirst?: boolean;
}

/** The columns that ranges are equal in. */
export interface Values {
  assigned_agent_id?: string;
  division_id?: string;
  channel?: Channel;
  is_unread?: 0 | 1;
  sla_status?: SlaStatus;
}
export const COLUMNS = ["assigned_agent_id", "division_id", "channel", "is_unread", "sla_status"] as const;

/** The entries that a range skips, beside those that lack a value of the filter's other columns. */
interface Skips {
  /** All but these agents' conversations. */
  agents?: readonly string[];
  /** All but these divisions' conversations. */
  divisions?: readonly string[];
  /** Conversations that other ranges have: those of this agent, and unassigned ones. */
  exceptAgent?: string;
  /** Conversations that the caller may not see, if visibility as ranges would be too many. */
  visibleTo?: Visibility;
}

/** The conversations of one agent, in some divisions or in all; or those of one division; or all. */
interface Scope extends Skips {
  agent?: string;
  division?: string;
}

/** Rows of an index with these values, in the list's order. */
export interface Range {
  part: Part;
  index: string;
  values: Values;
  skips: Skips;
}

/** A table that has entries in the list's order, and the condition of its partial indexes. */
interface Part {
  table: string;
  /** The conversation's rowid. */
  place: string;
  id: string;
  where: string;
}

export const LIVE: Part = { table: "conversations", place: "rowid", id: "id", where: "n.status <> 'resolved'" };
const HISTORY: Part = { ...LIVE, where: "n.status = 'resolved'" };
const TAGS: Part = { table: "conversation_tags", place: "place", id: "conversation_id", where: "1" };

/** Above this many ranges, skipping what the caller may not see is cheaper: an agent in many divisions sees most. */
const MAX_RANGES = 400;

export function rangesOf(filter: ConversationFilter, visibility: Visibility): Range[] {
  const ranges = rangesIn(visibleScopes(filter, visibility), filter);
  if (ranges.length <= MAX_RANGES || visibility.all) return ranges;
  return rangesIn(
    requestedScopes(filter).map((scope) => ({ ...scope, visibleTo: visibility })),
    filter,
  );
}

/** The part of the requested conversations that the caller may see, as disjoint scopes. The same rule as `maySee`. */
function visibleScopes(filter: ConversationFilter, visibility: Visibility): Scope[] {
  if (visibility.all) return requestedScopes(filter);
  const { agentId, divisionIds } = visibility;
  const { assigned, division } = filter;
  const own = agentId === null ? [""] : [agentId, ""];
  const mine = division?.filter((id) => divisionIds.includes(id)) ?? divisionIds;
  if (assigned)
    return assigned.flatMap((agent) =>
      own.includes(agent) ? scopesOf([agent], division) : scopesOf(mine.length === 0 ? [] : [agent], mine),
    );
  if (!division) return [...scopesOf(own), ...mine.map((id) => ({ division: id, exceptAgent: agentId ?? "" }))];
  const others = division.filter((id) => !mine.includes(id));
  return [...mine.map((id) => ({ division: id })), ...scopesOf(others.length === 0 ? [] : own, others)];
}

function requestedScopes({ assigned, division }: ConversationFilter): Scope[] {
  if (assigned) return scopesOf(assigned, division);
  return division?.map((id) => ({ division: id })) ?? [{}];
}

const scopesOf = (agents: readonly string[], divisions?: readonly string[]): Scope[] =>
  agents.map((agent) => ({ agent, ...(divisions && { divisions }) }));

function rangesIn(scopes: readonly Scope[], filter: ConversationFilter): Range[] {
  const { status = ["open", "resolved"], window, tags } = filter;
  const hasLive = status.some((one) => one !== "resolved");
  const hasHistory = status.includes("resolved") && window === undefined;
  return [
    ...(hasLive ? scopes.flatMap((scope) => liveRanges(scope, filter)) : []),
    ...(hasHistory
      ? (tags ? byDivision(scopes) : byPair(scopes)).flatMap((scope) => historyRanges(scope, filter))
      : []),
  ];
}

/**
 * An agent's live conversations are so few that those of other divisions are skipped. Unassigned ones may be many: in a
 * division those of agents are skipped.
 */
function liveRanges({ agent, division, ...skips }: Scope, filter: ConversationFilter): Range[] {
  const index = "idx_conversations_live";
  const { divisions, ...more } = skips;
  if (agent === "" && divisions)
    return divisions.flatMap((id) => liveRanges({ ...more, division: id, agents: [agent] }, filter));
  if (agent !== undefined)
    return [{ part: LIVE, index: `${index}_agent`, values: { assigned_agent_id: agent }, skips }];
  if (division !== undefined)
    return [{ part: LIVE, index: `${index}_division`, values: { division_id: division }, skips }];
  return (filter.channel ?? CHANNELS).map((one) => ({ part: LIVE, index, values: { channel: one }, skips }));
}

/** Each agent with each division: history has an index of both. */
const byPair = (scopes: readonly Scope[]): Scope[] =>
  scopes.flatMap(({ divisions, ...scope }) => divisions?.map((division) => ({ ...scope, division })) ?? [scope]);

/** Each division with its agents: a tag has so few entries in a division that those of other agents are skipped. */
function byDivision(scopes: readonly Scope[]): Scope[] {
  const agents = new Map<string, Scope & { agents: string[] }>();
  for (const { agent, divisions = [], ...scope } of scopes)
    for (const division of divisions) {
      const known = agents.get(division)?.agents ?? [];
      agents.set(division, { ...scope, division, agents: [...known, agent!] });
    }
  return [...scopes.filter(({ divisions }) => divisions === undefined), ...agents.values()];
}

function historyRanges({ agent, division, ...skips }: Scope, filter: ConversationFilter): Range[] {
  const { channel, unread, sla, tags } = filter;
  const [part, prefix] = tags ? [TAGS, "idx_conversation_tags"] : [HISTORY, "idx_conversations_history"];
  const by = [...(agent === undefined ? [] : ["agent"]), ...(division === undefined ? [] : ["division"])];
  const values: Values = {
    ...(agent !== undefined && { assigned_agent_id: agent }),
    ...(division !== undefined && { division_id: division }),
  };
  const isPlain = by.length === 2 || (channel === undefined && unread === undefined && sla === undefined);
  const index =
    tags && isPlain && by.length === 0
      ? "sqlite_autoindex_conversation_tags_1"
      : [prefix, ...by, ...(isPlain ? [] : ["class"])].join("_");
  if (isPlain) return [{ part, index, values, skips }];
  const unreads: (0 | 1)[] = unread === undefined ? [0, 1] : [unread ? 1 : 0];
  return (channel ?? CHANNELS).flatMap((c) =>
    unreads.flatMap((u) =>
      (sla ?? SLA_STATUSES).map((s) => ({
        part,
        index,
        values: { ...values, channel: c, is_unread: u, sla_status: s },
        skips,
      })),
    ),
  );
}
