import { operation } from "../../domain/operation";
import { ChannelPath, Integration, loadDefaultAccount, toIntegration } from "./channel-model";

export default operation({
  id: "getIntegration",
  summary: "Get a single integration by channel",
  description: "The channel's default account; an empty one if the channel has none.",
  params: ChannelPath,
  response: Integration,
  handle: async ({ ctx, params: { channel } }) => toIntegration(ctx, channel, await loadDefaultAccount(ctx, channel)),
});
