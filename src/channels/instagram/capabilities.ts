import type { Capabilities } from "../channel";
import { MESSAGING_INBOUND, messagingCapabilities } from "../meta/messaging-channel";
import type { MessagingLimits } from "../meta/messaging-limits";

const MIB = 1024 * 1024;

export const capabilities: Capabilities = {
  ...messagingCapabilities,
  types: {
    inbound: [...MESSAGING_INBOUND, "story_mention", "story_reply"],
    outbound: ["text", "image", "video", "audio", "document", "sticker", "interactive", "reaction"],
  },
  receipts: "id",
  files: { inbound: "many", outbound: "many", sentAs: "link" },
  reactions: { inbound: true, outbound: true },
};

/** Meta: Instagram messaging API. */
export const limits: MessagingLimits = {
  name: "Instagram",
  types: capabilities.types.outbound,
  text: { max: 1000, unit: "bytes" },
  files: {
    image: { maxBytes: 8 * MIB, mimeTypes: ["image/jpeg", "image/png"] },
    video: {
      maxBytes: 25 * MIB,
      mimeTypes: ["video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"],
    },
    audio: { maxBytes: 25 * MIB, mimeTypes: ["audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav"] },
    document: { maxBytes: 25 * MIB, mimeTypes: ["application/pdf"] },
    sticker: { maxBytes: 8 * MIB },
  },
  inboundFileBytes: 100 * MIB,
};
