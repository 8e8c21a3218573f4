import type { Capabilities } from "../channel";
import { HUMAN_AGENT_HOURS } from "../meta/messaging-account";
import type { MessagingLimits } from "../meta/messaging-limits";

const MIB = 1024 * 1024;

export const capabilities: Capabilities = {
  types: {
    inbound: [
      "text",
      "image",
      "video",
      "audio",
      "document",
      "sticker",
      "location",
      "share",
      "interactive",
      "postback",
      "quick_reply",
      "reaction",
      "order",
      "system",
      "unsupported",
    ],
    outbound: ["text", "image", "video", "audio", "document", "interactive"],
  },
  window: { hours: 24, humanAgentHours: HUMAN_AGENT_HOURS },
  receipts: "watermark",
  files: { inbound: "many", outbound: "one", sentAs: "link" },
  threads: "person",
  address: "id",
  reactions: { inbound: true, outbound: false },
  edits: true,
  unsends: true,
  typing: true,
  templates: false,
  profiles: true,
};

/** Meta: Send API. */
export const limits: MessagingLimits = {
  name: "Messenger",
  types: capabilities.types.outbound,
  text: { max: 2000, unit: "characters" },
  files: {
    image: { maxBytes: 25 * MIB, mimeTypes: ["image/jpeg", "image/png", "image/gif", "image/webp"] },
    video: { maxBytes: 25 * MIB },
    audio: { maxBytes: 25 * MIB },
    document: { maxBytes: 25 * MIB },
  },
  maxImages: 1,
  inboundFileBytes: 100 * MIB,
};
