import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import { eq } from "drizzle-orm";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { IntegrationAccount, toIntegrationAccount } from "./model";
import { integrationAccounts } from "./table";

export default operation({
  id: "listIntegrationAccounts",
  summary: "List integration accounts",
  query: z.object({ channel: z.enum(CHANNELS).optional().openapi({ description: "Only accounts of this channel" }) }),
  response: z.array(IntegrationAccount),
  handle: ({ ctx, query }) => listAccounts(ctx, query.channel),
});

export async function listAccounts(ctx: Ctx, channel?: (typeof CHANNELS)[number]): Promise<IntegrationAccount[]> {
  const rows = await ctx.db
    .select(integrationAccounts, channel && eq(integrationAccounts.channel, channel))
    .orderBy(integrationAccounts.createdAt, integrationAccounts.id);
  return Promise.all(rows.map((row) => toIntegrationAccount(ctx, row)));
}
