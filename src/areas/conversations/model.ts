import { rowToWire, type StoredConversationRow } from "../../domain/conversation/columns";
import { z } from "@hono/zod-openapi";
import type { ConversationWithContact } from "../../domain/conversation/wire";
import { CHANNELS } from "../../channels/channel";
import { SLA_STATUSES } from "../../domain/sla";
import { WINDOW_STATUSES, type WindowRules } from "../../domain/window";
import { type Actor, CONVERSATION_SORTS } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { pageQuery } from "../../kit/page";
import { SearchText } from "../../kit/search-text";
import { several } from "../../kit/several";
import { tagKey } from "../../domain/tag";
import type { ConversationFilter } from "./ranges";
import { CONVERSATION_STATUSES } from "../../domain/conversation/state";

export { ConversationWithContact } from "../../domain/conversation/schema";

export const ConversationPath = idPath("conversation");

const Tag = z.string().trim().min(1).max(50);
export const Tags = z.array(Tag).max(50);

export const conversationQuery = z.object({
  ...pageQuery,
  status: several(z.enum(CONVERSATION_STATUSES)).openapi({
    description: "Only conversations with one of these statuses",
  }),
  channel: several(z.enum(CHANNELS)).openapi({ description: "Only conversations of one of these channels" }),
  account_id: several(z.uuid()).openapi({ description: "Only conversations of one of these integration accounts" }),
  assigned_agent_id: several(z.union([z.literal("me"), z.literal("none"), z.uuid()])).openapi({
    description:
      "Only conversations assigned to one of these agents: an agent id, `me` for the caller, or `none` for unassigned",
  }),
  division_id: several(z.uuid()).openapi({ description: "Only conversations of one of these divisions" }),
  tag: several(Tag).openapi({ description: "Only conversations with all of these tags, ignoring case" }),
  unread: z
    .enum(["true", "false"])
    .optional()
    .openapi({ description: "`true`: only conversations with unread messages; `false`: only those without" }),
  q: SearchText.optional().openapi({
    description: "Part of the contact's name or address: at least two characters, or one Han character",
  }),
  window: z.enum(WINDOW_STATUSES).optional().openapi({
    description: "State of the customer service window, of conversations that are not resolved; updated every minute",
  }),
  sla_status: several(z.enum(SLA_STATUSES)).openapi({ description: "One of these, as of the last minute" }),
  sort: z
    .enum(CONVERSATION_SORTS)
    .optional()
    .openapi({ description: "Sort order by activity; defaults to the caller's `conversation_sort`" }),
  updated_since: z.iso
    .datetime()
    .optional()
    .openapi({ description: "Only conversations with activity at or after this time" }),
});

const { limit: _limit, cursor: _cursor, ...filters } = conversationQuery.shape;

/** The filters of a list as a value, for what keeps or applies them. */
export const ConversationFilters = z
  .strictObject(filters)
  .openapi("ConversationFilter", { description: "The filters of `GET /api/conversations`" });

export function filterOf(
  query: Omit<z.output<typeof conversationQuery>, "limit" | "cursor">,
  { id: agentId, conversationSort }: Actor,
): ConversationFilter {
  const idOf = (agent: string): string => (agent === "me" ? (agentId ?? "") : agent === "none" ? "" : agent);
  return {
    ...narrowing("status", query.status, CONVERSATION_STATUSES),
    ...narrowing("channel", query.channel, CHANNELS),
    ...(query.account_id && { account: query.account_id }),
    ...(query.assigned_agent_id && { assigned: unique(query.assigned_agent_id.map(idOf)) }),
    ...(query.division_id && { division: query.division_id }),
    ...(query.tag && { tags: unique(query.tag.map(tagKey)) }),
    ...(query.unread && { unread: query.unread === "true" }),
    ...(query.window && { window: query.window }),
    ...narrowing("sla", query.sla_status, SLA_STATUSES),
    oldestFirst: (query.sort ?? conversationSort) === "oldest",
    ...(query.updated_since && { updatedSince: Date.parse(query.updated_since) }),
  };
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** The values of a filter; nothing if they are all that there are. */
const narrowing = <Name extends string, T>(
  name: Name,
  values: readonly T[] | undefined,
  all: readonly T[],
): Partial<Record<Name, readonly T[]>> =>
  values && values.length < all.length ? ({ [name]: values } as Record<Name, readonly T[]>) : {};

/** Maps rows of `conversations` to the API's shape. `windows`: the organization's current rules. */
export const rowToConversation =
  (windows: WindowRules) =>
  (row: StoredConversationRow): ConversationWithContact => {
    const shown = rowToWire(row, windows[row.channel]);
    shown.tags = JSON.parse(row.tags);
    return shown as ConversationWithContact;
  };
