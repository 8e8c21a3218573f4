import { type Channel, type ChannelAdapter, type Ingress, MESSAGE_TYPES, type MessageType } from "./channel";
import { email } from "./email/index";
import type * as MailReader from "./email/read";
import { instagram } from "./instagram/index";
import { messenger } from "./messenger/index";
import { metaIngress } from "./meta/ingress";
import { whatsapp } from "./whatsapp/index";

/** The only file that imports the channels' folders. */

const ADAPTERS: Record<Channel, ChannelAdapter | undefined> = {
  whatsapp,
  instagram,
  messenger,
  email,
};

/** `undefined`: the channel has no adapter. */
export function adapterOf(channel: Channel): ChannelAdapter | undefined {
  return ADAPTERS[channel];
}

export const INGRESSES = {
  /** Keyed by the `object` of a delivery. */
  meta: metaIngress({ whatsapp_business_account: "whatsapp", instagram: "instagram", page: "messenger" }),
} satisfies Record<string, Ingress>;

let reader: typeof MailReader | undefined;

/** Reads deliveries of mails. Loaded at the first one, since it weighs much. */
export const mailReader = async () => (reader ??= await import("./email/read"));

/** Message types that at least one channel can send. */
export const SENDABLE_TYPES: readonly MessageType[] = MESSAGE_TYPES.filter((type) =>
  Object.values(ADAPTERS).some((adapter) => adapter?.capabilities.types.outbound.includes(type)),
);
