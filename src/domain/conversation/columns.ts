import type { Channel } from "../../channels/channel";
import { fieldOf, insertRows, jsonOf, ROWS } from "../../kit/rows";
import { slaStatusOf } from "../sla";
import { tagKey } from "../tag";
import { windowClosesAt, type WindowRule, type WindowStatus } from "../window";
import { contactNameOf, type ConversationState, type ConversationStatus } from "./state";

/**
 * The columns of `conversations`, D1's index of the objects: besides its migration, a column is defined only here. The
 * row's type, its upsert and its form in the API are derived.
 */

interface Column<T> {
  /** Pure. The column's value for a conversation. */
  of: (state: ConversationState) => T;
  /** Set by the insert, never updated. */
  fixed?: true;
  /** The column is in an index; `activity`: it changes with most messages. */
  indexed?: "class" | "activity";
  /** The SQL of a class column whose change causes a write; default: the value. `of`: the SQL of a column. */
  compared?: (of: (name: string) => string) => string;
  /** An array, stored as JSON. */
  json?: true;
  /** The form in the API; absent: not in the API. */
  wire?: (value: T, window: WindowRule) => unknown;
  /** The name in the API, if it differs. */
  as?: string;
}

const column = <T>(of: (state: ConversationState) => T, more: Omit<Column<T>, "of"> = {}): Column<T> => ({
  of,
  ...more,
});

const same = (value: unknown): unknown => value;
const orNull = (value: string): string | null => value || null;
const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const parsedOrNull = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
const windowEnd = (lastInboundAt: number | null, window: WindowRule): string | null =>
  lastInboundAt === null ? null : iso(windowClosesAt(lastInboundAt, window));

export const CONVERSATION_COLUMNS = {
  id: column((s) => s.id, { fixed: true, wire: same }),
  contact_id: column((s) => s.contactId, { fixed: true, wire: same }),
  account_id: column((s) => s.accountId, { fixed: true, wire: same }),
  channel: column<Channel>((s) => s.channel, { fixed: true, wire: same, as: "contact_channel" }),
  status: column<ConversationStatus>((s) => s.status, { indexed: "class", wire: same }),
  // '' instead of NULL if there is none, so that one form of index serves every filter.
  assigned_agent_id: column((s) => s.assignedAgentId ?? "", { indexed: "class", wire: orNull }),
  division_id: column((s) => s.divisionId ?? "", { indexed: "class", wire: orNull }),
  waiting_since: column((s) => s.waitingSince, { indexed: "class", wire: iso }),
  given_up_by: column((s) => (s.waitingSince === null ? null : s.givenUpBy)),
  tags: column((s) => s.tags, { json: true, wire: same }),
  tag_keys: column((s) => s.tags.map(tagKey), { indexed: "class", json: true }),
  is_unanswered: column((s) => Number(s.isUnanswered), { indexed: "activity" }),
  unread_count: column((s) => s.unreadCount, { indexed: "activity", wire: same }),
  contact_name: column((s) => contactNameOf(s), { wire: same }),
  contact_phone: column((s) => s.address, { wire: same }),
  last_message: column((s) => s.lastMessage, { wire: same }),
  last_message_at: column((s) => s.lastMessageAt, { wire: iso }),
  last_inbound_at: column((s) => s.lastInboundAt, { wire: windowEnd, as: "window_expires_at" }),
  // The migration says what leaves it behind last_inbound_at.
  window_since: column((s) => s.lastInboundAt, {
    indexed: "class",
    compared: (of) => `iif(${of("window_status")} = 'open', ${of("window_since")} IS NULL, ${of("window_since")})`,
  }),
  window_status: column<WindowStatus>((s) => s.windowStatus, { indexed: "class", wire: same }),
  thread_control: column<"ours" | "other">((s) => (s.hasControl ? "ours" : "other"), { wire: same }),
  referral: column((s) => s.referral && JSON.stringify(s.referral), { wire: parsedOrNull }),
  sla_status: column((s) => slaStatusOf(s.sla), { indexed: "class", wire: same }),
  cycle: column((s) => s.cycle, { wire: same }),
  message_count: column((s) => s.messageCount, { wire: same }),
  version: column((s) => s.version, { wire: same }),
  // The last event that D1 has all rows of; `toRow` sets it.
  projected_seq: column(() => 0),
  created_at: column((s) => s.createdAt, { fixed: true, wire: iso }),
  updated_at: column((s) => s.updatedAt, { indexed: "activity", wire: iso }),
};

type Columns = typeof CONVERSATION_COLUMNS;
export type ConversationRow = { [Name in keyof Columns]: ReturnType<Columns[Name]["of"]> };
/** A row as SQL returns it: arrays are JSON text. */
export type StoredConversationRow = {
  [Name in keyof Columns]: ConversationRow[Name] extends unknown[] ? string : ConversationRow[Name];
};

const names = Object.keys(CONVERSATION_COLUMNS) as (keyof Columns)[];
const isJson = (name: keyof Columns): boolean => (CONVERSATION_COLUMNS[name] as Column<unknown>).json === true;

// Loops with assignments, here and below: a list maps fifty rows, and each event a state.
/** `projectedSeq`: the last event whose rows are written in the same batch; 0: the row is written alone. */
export function toRow(state: ConversationState, projectedSeq = 0): ConversationRow {
  const row: Record<string, unknown> = {};
  for (const name of names) row[name] = CONVERSATION_COLUMNS[name].of(state);
  row["projected_seq"] = projectedSeq;
  return row as ConversationRow;
}

const shown = names.flatMap((name) => {
  const { of, wire, as = name } = CONVERSATION_COLUMNS[name] as unknown as Column<never>;
  return wire ? [{ name, as, of, wire }] : [];
});

/** The form of a row in the API. Arrays of a stored row are still JSON text. */
export function rowToWire(row: ConversationRow | StoredConversationRow, window: WindowRule): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { name, as, wire } of shown) out[as] = wire(row[name] as never, window);
  return out;
}

/** The form of a state in the API. */
export function stateToWire(state: ConversationState, window: WindowRule): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { as, of, wire } of shown) out[as] = wire(of(state), window);
  return out;
}

/*
 * SQLite rewrites each index that has a column named in SET, whether the value changes or not. So there is a statement
 * for rows in which a class column changes (or which are new), one for those in which only the activity does, and one
 * for the rest. A row takes effect in at most one of them. A row with a lower version than the stored one changes
 * nothing but `projected_seq`.
 */

const namesOf = (...wanted: Column<unknown>["indexed"][]): (keyof Columns)[] =>
  names.filter((name) => {
    const { fixed, indexed } = CONVERSATION_COLUMNS[name] as Column<unknown>;
    return !fixed && wanted.includes(indexed);
  });

function changed(table: "excluded" | "r", indexed: "class" | "activity"): string {
  const valuesIn = (of: (name: string) => string): string =>
    `(${namesOf(indexed)
      .map((name) => (CONVERSATION_COLUMNS[name] as Column<unknown>).compared?.(of) ?? of(name))
      .join(", ")})`;
  const given = valuesIn((name) => valueOf(table, name as keyof Columns));
  return `${valuesIn((name) => `conversations.${name}`)} IS NOT ${given}`;
}
const valueOf = (table: "excluded" | "r", name: keyof Columns): string =>
  table === "excluded" ? `excluded.${name}` : isJson(name) ? jsonOf(name) : fieldOf(name);

/** SET for these columns. */
const assignments = (table: "excluded" | "r", columns: readonly (keyof Columns)[], isNewer = true): string =>
  columns
    .map((name) => {
      const value = valueOf(table, name);
      if (name === "projected_seq") return `projected_seq = max(conversations.projected_seq, ${value})`;
      return `${name} = ${isNewer ? value : `iif(${valueOf(table, "version")} < conversations.version, conversations.${name}, ${value})`}`;
    })
    .join(", ");

const UPDATE = (set: string, where: string): string => `UPDATE conversations SET ${set} FROM ${ROWS}
  WHERE conversations.id = ${fieldOf("id")} AND conversations.org_id = ?1 AND ${where}`;

/** In this order, in one batch. */
export const UPSERT_CONVERSATIONS = [
  insertRows(
    "conversations",
    names.map((name) => [name, valueOf("r", name)] as const),
    {
      end: `ON CONFLICT (id) DO UPDATE SET ${assignments("excluded", namesOf("class", "activity", undefined))}
      WHERE excluded.version > conversations.version AND ${changed("excluded", "class")}`,
    },
  ),
  UPDATE(
    assignments("r", namesOf("activity", undefined)),
    `conversations.version < ${fieldOf("version")} AND ${changed("r", "activity")}`,
  ),
  UPDATE(
    assignments("r", namesOf(undefined), false),
    `(conversations.version < ${fieldOf("version")} OR conversations.projected_seq < ${fieldOf("projected_seq")})`,
  ),
];
