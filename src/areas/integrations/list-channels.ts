import { z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Integration, toIntegration } from "./channel-model";
import { integrationAccounts } from "./table";

export default operation({
  id: "listIntegrations",
  summary: "List all channel integrations",
  description:
    "Every channel with its default account, also channels that have none. `GET /api/integrations/accounts` lists all accounts.",
  response: z.array(Integration),
  handle: ({ ctx }) => listChannels(ctx),
});

export async function listChannels(ctx: Ctx): Promise<Integration[]> {
  const rows = await ctx.db.select(integrationAccounts, eq(integrationAccounts.isDefault, true));
  return Promise.all(
    CHANNELS.map((channel) =>
      toIntegration(
        ctx,
        channel,
        rows.find((row) => row.channel === channel),
      ),
    ),
  );
}
