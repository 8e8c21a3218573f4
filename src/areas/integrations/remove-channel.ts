import { z } from "@hono/zod-openapi";
import { CHANNELS, type Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { ChannelPath, loadDefaultAccount } from "./channel-model";
import { accountNotFound, channelNotConnected } from "./problems";
import { removeAccount } from "./remove";

const RemovedIntegration = z.object({ message: z.string(), channel: z.enum(CHANNELS), account_id: z.uuid() });

export default operation({
  id: "deleteIntegration",
  summary: "Delete an integration",
  description:
    "Deletes the channel's default account only. If the channel has more accounts, the oldest of them becomes the default.",
  params: ChannelPath,
  response: RemovedIntegration,
  problems: [channelNotConnected, accountNotFound],
  handle: ({ ctx, params }) => removeChannel(ctx, params.channel),
});

export async function removeChannel(ctx: Ctx, channel: Channel): Promise<z.infer<typeof RemovedIntegration>> {
  const row = await loadDefaultAccount(ctx, channel);
  if (!row) throw channelNotConnected();
  await removeAccount(ctx, row.id);
  return { message: "integration deleted", channel, account_id: row.id };
}
