import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { channelRow, ChatExpirationRule, toRule } from "./model";
import { RULE_COLUMNS, type RuleRow } from "../access/settings-of";

export default operation({
  id: "listChatExpirationRules",
  summary: "List chat expiration rules",
  description: "Returns one rule per channel: the organization's own, or else the channel's default.",
  response: z.array(ChatExpirationRule),
  handle: async ({ ctx }) => (await ruleRows(ctx)).map((row) => toRule(ctx.orgId, row)),
});

/** One row for each channel: the organization's rule, or else the channel's default. One round trip. */
export async function ruleRows(ctx: Ctx): Promise<RuleRow[]> {
  const [orgs, rules] = await ctx.db.batch([
    ctx.db.sql("SELECT created_at FROM orgs WHERE org_id = ?1"),
    ctx.db.sql(`SELECT ${RULE_COLUMNS} FROM chat_expiration_rules WHERE org_id = ?1`),
  ]);
  const { created_at: orgCreatedAt } = orgs!.results[0] as { created_at: number };
  const ownRules = new Map((rules!.results as RuleRow[]).map((row) => [row.channel, row]));
  return CHANNELS.map((channel) => ownRules.get(channel) ?? channelRow(channel, orgCreatedAt));
}
