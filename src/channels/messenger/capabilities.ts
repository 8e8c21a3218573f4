import type { Capabilities } from "../channel";
import { MESSAGING_INBOUND, messagingCapabilities } from "../meta/messaging-channel";
import type { MessagingLimits } from "../meta/messaging-limits";

const MIB = 1024 * 1024;

export const capabilities: Capabilities = {
  ...messagingCapabilities,
  types: {
    inbound: [...MESSAGING_INBOUND, "location"],
    outbound: ["text", "image", "video", "audio", "document", "interactive"],
  },
  receipts: "watermark",
  files: { inbound: "many", outbound: "many", sentAs: "link" },
  reactions: { inbound: true, outbound: false },
};

/** Meta: Send API; several images as in its Multi-Image API. */
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
  inboundFileBytes: 100 * MIB,
};
