import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import { channelWindow } from "../../domain/window";
import { uuidV5 } from "../../kit/id";
import type { RuleRow } from "../access/settings-of";

const WindowHours = z.int().min(0).max(8760).openapi({
  description: "Length of the customer service window in hours, from the customer's last message; 0 for no limit",
  example: 24,
});
const AutoResolve = z.boolean().openapi({
  description:
    "Resolve a conversation when its window has closed and it has had no activity for the length of a window, unless its customer waits for an answer",
});
const ResolveUnanswered = z.boolean().openapi({
  description:
    "Resolve by `auto_resolve` also a conversation whose customer waits for an answer. If false, it stays open, with `window_status` `expired`.",
});
const BlockText = z
  .boolean()
  .openapi({ description: "Refuse free text after the window has closed; templates are always allowed" });
const IsActive = z.boolean().openapi({ description: "If false, nothing expires and nothing is refused" });

export const ChatExpirationRule = z
  .object({
    id: z.uuid(),
    channel: z.enum(CHANNELS),
    window_hours: WindowHours,
    auto_resolve: AutoResolve,
    resolve_unanswered: ResolveUnanswered,
    block_text_after_window: BlockText,
    is_active: IsActive,
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("ChatExpirationRule");
export type ChatExpirationRule = z.infer<typeof ChatExpirationRule>;

export const UpsertChatExpirationRule = z
  .strictObject({
    window_hours: WindowHours.optional(),
    auto_resolve: AutoResolve.optional(),
    resolve_unanswered: ResolveUnanswered.optional(),
    block_text_after_window: BlockText.optional(),
    is_active: IsActive.optional(),
  })
  .openapi("UpsertChatExpirationRule");
export type UpsertChatExpirationRule = z.infer<typeof UpsertChatExpirationRule>;

/** The channel's default rule, which applies until the organization sets its own. `at`: milliseconds since 1970. */
export function channelRow(channel: Channel, at: number): RuleRow {
  const { windowHours, autoResolve, resolvesUnanswered, blocksText } = channelWindow(channel);
  return {
    channel,
    window_hours: windowHours,
    auto_resolve: Number(autoResolve),
    resolve_unanswered: Number(resolvesUnanswered),
    block_text_after_window: Number(blocksText),
    is_active: 1,
    created_at: at,
    updated_at: at,
  };
}

export const toRule = (orgId: string, row: RuleRow): ChatExpirationRule => ({
  id: uuidV5(orgId, `chat-expiration:${row.channel}`),
  channel: row.channel,
  window_hours: row.window_hours,
  auto_resolve: row.auto_resolve === 1,
  resolve_unanswered: row.resolve_unanswered === 1,
  block_text_after_window: row.block_text_after_window === 1,
  is_active: row.is_active === 1,
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
});
