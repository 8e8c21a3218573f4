import { type Channel, type ChannelAdapter, type Ingress, MESSAGE_TYPES, type MessageType } from "./channel";
import { metaIngress } from "./meta/ingress";
import { whatsapp } from "./whatsapp/index";

/** The only file that imports channels' folders. */

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

export const INGRESSES = {
  /** By the `object` that a delivery is about. */
  meta: metaIngress({ whatsapp_business_account: "whatsapp" }),
} satisfies Record<string, Ingress>;

/** What can be sent on some channel. */
export const SENDABLE_TYPES: readonly MessageType[] = MESSAGE_TYPES.filter((type) =>
  Object.values(ADAPTERS).some((adapter) => adapter?.capabilities.types.outbound.includes(type)),
);
