import { z } from "@hono/zod-openapi";
import type { ConversationWithContact } from "../../domain/conversation/wire";
import { CHANNELS } from "../../channels/channel";
import { SLA_STATUSES } from "../../domain/sla";
import { WINDOW_STATUSES, windowClosesAt, type WindowRules } from "../../domain/window";
import { type Actor, CONVERSATION_SORTS } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { pageQuery } from "../../kit/page";
import { tagKey } from "../../domain/tag";
import type { ConversationFilter } from "./filter";
import { CONVERSATION_STATUSES } from "../../domain/conversation/state";

export { ConversationWithContact } from "../../domain/conversation/wire";

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
  q: z.string().trim().min(2).max(100).optional().openapi({ description: "Part of the contact's name or address" }),
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

/** A row of `conversations`, as SQL gives it. */
export interface ConversationRow {
  id: string;
  contact_id: string;
  account_id: string;
  channel: ConversationWithContact["contact_channel"];
  status: ConversationWithContact["status"];
  assigned_agent_id: string;
  division_id: string;
  waiting_since: number | null;
  tags: string;
  unread_count: number;
  contact_name: string | null;
  contact_phone: string | null;
  last_message: string | null;
  last_message_at: number | null;
  last_inbound_at: number | null;
  window_status: ConversationWithContact["window_status"];
  sla_status: ConversationWithContact["sla_status"];
  cycle: number;
  message_count: number;
  version: number;
  created_at: number;
  updated_at: number;
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const rowToConversation =
  (windows: WindowRules) =>
  (row: ConversationRow): ConversationWithContact => ({
    id: row.id,
    contact_id: row.contact_id,
    status: row.status,
    last_message_at: time(row.last_message_at),
    unread_count: row.unread_count,
    created_at: time(row.created_at)!,
    updated_at: time(row.updated_at)!,
    contact_channel: row.channel,
    assigned_agent_id: row.assigned_agent_id || null,
    contact_name: row.contact_name,
    contact_phone: row.contact_phone,
    account_id: row.account_id,
    division_id: row.division_id || null,
    waiting_since: time(row.waiting_since),
    tags: JSON.parse(row.tags) as string[],
    last_message: row.last_message,
    window_expires_at:
      row.last_inbound_at === null ? null : time(windowClosesAt(row.last_inbound_at, windows[row.channel])),
    window_status: row.window_status,
    sla_status: row.sla_status,
    cycle: row.cycle,
    message_count: row.message_count,
    version: row.version,
  });
