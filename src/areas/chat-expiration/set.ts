import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { ruleRows } from "./list";
import { ChatExpirationRule, toRule, UpsertChatExpirationRule } from "./model";
import { forgetSettings } from "../access/settings-of";

export default operation({
  id: "setChatExpirationRule",
  summary: "Upsert a chat expiration rule for a channel",
  description:
    "Omitted fields stay unchanged. Takes effect at once for lists, sends and the expiry that runs every minute, also for windows that are already open or closed.",
  params: z.object({ channel: z.enum(CHANNELS).openapi({ description: "The channel the rule applies to" }) }),
  body: UpsertChatExpirationRule,
  response: ChatExpirationRule,
  handle: ({ ctx, params, body }) => setRule(ctx, params.channel, body),
});

export async function setRule(
  ctx: Ctx,
  channel: Channel,
  input: UpsertChatExpirationRule,
): Promise<ChatExpirationRule> {
  const row = (await ruleRows(ctx)).find((rule) => rule.channel === channel)!;
  const before = toRule(ctx.orgId, row);
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const now = ctx.now();
  await commit(ctx, {
    write: [
      // Ensures that the row exists before the update: an organization without its own rule has none.
      ctx.db.sql(
        `INSERT OR IGNORE INTO chat_expiration_rules (org_id, channel, window_hours, auto_resolve, resolve_unanswered, block_text_after_window, is_active, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)`,
        channel,
        row.window_hours,
        row.auto_resolve,
        row.resolve_unanswered,
        row.block_text_after_window,
        row.is_active,
        row.created_at,
      ),
      ctx.db.update("chat_expiration_rules", { channel }, { ...newValues(changes), updated_at: now }),
    ],
    events: [happened("chat_expiration.updated", before.id, { channel: [channel, channel], ...changes })],
  });
  forgetSettings();
  return { ...before, ...newValues(changes), updated_at: new Date(now).toISOString() };
}
