import type { Capabilities, ChannelLimits } from "../channel";

export const capabilities: Capabilities = {
  types: { inbound: ["email"], outbound: ["email", "text"] },
  window: { hours: 0 },
  receipts: "id",
  files: { inbound: "many", outbound: "many", sentAs: "inline" },
  threads: "subject",
  address: "email",
  reactions: { inbound: false, outbound: false },
  edits: false,
  unsends: false,
  typing: false,
  templates: false,
};

const MIB = 1024 * 1024;

/** The files of one mail together; encoded they are a third larger, and providers take 10 MB or more. */
export const MAX_ATTACHED_BYTES = 7 * MIB;
export const MAX_ATTACHMENTS = 50;
/** Cloudflare's limit for all recipients of a mail; the others' are higher. */
export const MAX_RECIPIENTS = 50;
export const MAX_TEXT = 500_000;
export const MAX_SUBJECT = 500;
export const MAX_SIGNATURE = 4000;

export const limits: ChannelLimits = {
  text: { max: MAX_TEXT, unit: "characters" },
  files: {},
  inboundFileBytes: 25 * MIB,
};
