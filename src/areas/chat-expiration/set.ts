import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { ruleRows } from "./list";
import { ChatExpirationRule, toRule, UpsertChatExpirationRule } from "./model";
import { forgetWindowRules, type RuleRow } from "./rules-of";

export const set = operation({
  id: "setChatExpirationRule",
  tag: "Chat Expiration",
  summary: "Upsert a chat expiration rule for a channel",
  description:
    "What is left out stays as it is. Counts at once, also for windows that are open or have closed: lists and sends go by it, and the minute's sweep.",
  method: "put",
  path: "/api/chat-expiration/{channel}",
  permission: "settings.manage",
  params: z.object({ channel: z.enum(CHANNELS) }),
  body: UpsertChatExpirationRule,
  response: ChatExpirationRule,
  handle: ({ ctx, params, body }) => setRule(ctx, params.channel, body),
});

export async function setRule(ctx: Ctx, channel: Channel, input: UpsertChatExpirationRule): Promise<ChatExpirationRule> {
  const row = (await ruleRows(ctx)).find((one) => one.channel === channel)!;
  const before = toRule(ctx.orgId, row);
  const changes = changesBetween({ ...before }, input);
  if (Object.keys(changes).length === 0) return before;
  const after: RuleRow = {
    ...row,
    window_hours: input.window_hours ?? row.window_hours,
    auto_resolve: Number(input.auto_resolve ?? row.auto_resolve),
    block_text_after_window: Number(input.block_text_after_window ?? row.block_text_after_window),
    is_active: Number(input.is_active ?? row.is_active),
    updated_at: ctx.now(),
  };
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO chat_expiration_rules (org_id, channel, window_hours, auto_resolve, block_text_after_window, is_active, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (org_id, channel) DO UPDATE SET window_hours = excluded.window_hours, auto_resolve = excluded.auto_resolve,
           block_text_after_window = excluded.block_text_after_window, is_active = excluded.is_active, updated_at = excluded.updated_at`,
        channel,
        after.window_hours,
        after.auto_resolve,
        after.block_text_after_window,
        after.is_active,
        after.created_at,
        after.updated_at,
      ),
    ],
    activity: { action: "chat_expiration.update", entityType: "chat_expiration_rule", entityId: before.id, changes: { channel, ...changes } },
  });
  forgetWindowRules();
  return toRule(ctx.orgId, after);
}
