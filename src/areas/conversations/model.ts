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
import { tagKey } from "../../domain/tag";
import type { ConversationFilter } from "./filter";
import { CONVERSATION_STATUSES } from "../../domain/conversation/state";

export { ConversationWithContact } from "../../domain/conversation/schema";

export const ConversationPath = idPath("conversation");

const Tag = z.string().trim().min(1).max(50);
export const Tags = z.array(Tag).max(50);

export const conversationQuery = z.object({
  ...pageQuery,
  status: z.enum(CONVERSATION_STATUSES).optional().openapi({ description: "Only conversations with this status" }),
  channel: z.enum(CHANNELS).optional().openapi({ description: "Only conversations of this channel" }),
  assigned_agent_id: z
    .union([z.literal("me"), z.literal("none"), z.uuid()])
    .optional()
    .openapi({
      description:
        "Only conversations assigned to this agent: an agent id, `me` for the caller, or `none` for unassigned",
    }),
  division_id: z.uuid().optional().openapi({ description: "Only conversations of this division" }),
  tag: Tag.optional().openapi({ description: "Only conversations with this tag, ignoring case" }),
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
  sla_status: z.enum(SLA_STATUSES).optional().openapi({ description: "As of the last minute" }),
  sort: z
    .enum(CONVERSATION_SORTS)
    .optional()
    .openapi({ description: "Sort order by activity; defaults to the caller's `conversation_sort`" }),
  updated_since: z.iso
    .datetime()
    .optional()
    .openapi({ description: "Only conversations with activity at or after this time" }),
});

export function filterOf(
  query: z.output<typeof conversationQuery>,
  { id: agentId, conversationSort }: Actor,
): ConversationFilter {
  const assigned = query.assigned_agent_id;
  return {
    ...(query.status && { status: query.status }),
    ...(query.channel && { channel: query.channel }),
    ...(assigned !== undefined && {
      assigned: assigned === "me" ? (agentId ?? "") : assigned === "none" ? "" : assigned,
    }),
    ...(query.division_id && { division: query.division_id }),
    ...(query.tag && { tag: tagKey(query.tag) }),
    ...(query.unread && { unread: query.unread === "true" }),
    ...(query.window && { window: query.window }),
    ...(query.sla_status && { sla: query.sla_status }),
    oldestFirst: (query.sort ?? conversationSort) === "oldest",
    ...(query.updated_since && { updatedSince: Date.parse(query.updated_since) }),
  };
}

/** Maps rows of `conversations` to the API's shape. `windows`: the organization's current rules. */
export const rowToConversation =
  (windows: WindowRules) =>
  (row: StoredConversationRow): ConversationWithContact => {
    const shown = rowToWire(row, windows[row.channel]);
    shown.tags = JSON.parse(row.tags);
    return shown as ConversationWithContact;
  };
