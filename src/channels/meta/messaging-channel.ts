import type { Capabilities, ChannelDefinition } from "../channel";
import { HUMAN_AGENT_HOURS } from "./messaging-account";
import { accountsOfMessaging, parseMessaging, signerOfMessaging } from "./messaging-events";
import { checkMessaging, type MessagingLimits } from "./messaging-limits";
import { askMessagingChoice } from "./messaging-outbound";

/** The parts of a channel that Messenger and Instagram share. `object`: as their deliveries name it. */
export const messagingChannel = (object: "page" | "instagram", limits: MessagingLimits) =>
  ({
    limits,
    secrets: ["access_token", "app_secret"],
    deliverySecret: "app_secret",
    signerOf: signerOfMessaging,
    accountsOf: accountsOfMessaging,
    parse: (delivery) => parseMessaging(object, delivery),
    check: (message) => checkMessaging(limits, message),
    askChoice: askMessagingChoice,
  }) satisfies Partial<ChannelDefinition<{ access_token: string; app_secret?: string }>>;

/** The message types that both receive. */
export const MESSAGING_INBOUND = [
  "text",
  "image",
  "video",
  "audio",
  "document",
  "sticker",
  "share",
  "interactive",
  "postback",
  "quick_reply",
  "reaction",
  "order",
  "system",
  "unsupported",
] as const;

/** The capabilities that both have. */
export const messagingCapabilities = {
  window: { hours: 24, humanAgentHours: HUMAN_AGENT_HOURS },
  threads: "person",
  address: "id",
  edits: true,
  unsends: true,
  typing: true,
  templates: false,
  profiles: true,
} satisfies Partial<Capabilities>;
