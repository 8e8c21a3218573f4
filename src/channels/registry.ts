import type { Channel, ChannelAdapter } from "./channel";
import { whatsapp } from "./whatsapp/index";

const ADAPTERS: Record<Channel, ChannelAdapter | undefined> = {
  whatsapp,
  instagram: undefined,
  messenger: undefined,
  email: undefined,
};

/** `undefined`: a channel that has no adapter yet. */
export function adapterOf(channel: Channel): ChannelAdapter | undefined {
  return ADAPTERS[channel];
}
