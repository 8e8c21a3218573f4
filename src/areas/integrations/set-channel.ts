import { z } from "@hono/zod-openapi";
import type { Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { ChannelPath, Integration, loadDefaultAccount, toIntegration } from "./channel-model";
import { connectProblems } from "./connect-account";
import { createAccount } from "./create";
import { AccountConfig } from "./model";
import { updateAccount } from "./update";

export const UpsertIntegration = z
  .strictObject({
    is_active: z.boolean().optional().openapi({
      description: "If false, nothing is sent through the account and incoming updates wait until it is active",
    }),
    division_id: z
      .uuid()
      .nullable()
      .optional()
      .openapi({ description: "The division of the account's new conversations; null for none" }),
    config: AccountConfig.optional().openapi({
      description: "Merged into the existing configuration; a masked value keeps the stored one",
    }),
  })
  .openapi("UpsertIntegration");

export default operation({
  id: "upsertIntegration",
  summary: "Create or update an integration (upsert)",
  description:
    "Updates the channel's default account, or connects the first account of the channel, named by its key. Another account than the default one is connected by `POST /api/integrations/accounts`.",
  params: ChannelPath,
  body: UpsertIntegration,
  response: Integration,
  problems: connectProblems,
  handle: ({ ctx, params, body }) => setChannel(ctx, params.channel, body),
});

export async function setChannel(
  ctx: Ctx,
  channel: Channel,
  input: z.infer<typeof UpsertIntegration>,
): Promise<Integration> {
  const row = await loadDefaultAccount(ctx, channel);
  if (row) await updateAccount(ctx, row.id, input);
  else {
    const { is_active = true, division_id, config = {} } = input;
    await createAccount(ctx, { channel, is_active, is_default: true, division_id, config });
  }
  return toIntegration(ctx, channel, await loadDefaultAccount(ctx, channel));
}
