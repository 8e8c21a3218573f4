import type { ChannelUpdate, InboundMessage, Party } from "../channel";
import { defined } from "../json";
import { bodyOf, errorsOf, unsupportedBody, type MessageBody } from "./message-content";
import { partyOf, phoneOf } from "./party";
import {
  editPayload,
  messagePayload,
  reactionPayload,
  revokePayload,
  systemPayload,
  type ContactPayload,
  type MessagePayload,
  type SystemPayload,
} from "./payload";

/** An element of `messages[]`: a message, or an event of a message or of the person. */

const IDENTITY_CHANGES = new Set(["user_changed_number", "user_changed_user_id"]);

/** The fields of every update from a person. */
interface EventBase {
  account: string;
  from: Party;
  externalId: string;
  at: number;
}

export function messageUpdate(account: string, raw: unknown, contacts: readonly ContactPayload[]): ChannelUpdate {
  const parsed = messagePayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "message_without_id_or_time", raw };
  const message = parsed.data;
  if (message.group_id !== undefined) return { kind: "unknown", account, reason: "group_message", raw };
  const from = partyOf({ address: message.from, userId: previousUserIdOf(message) ?? message.from_user_id }, contacts);
  if (from === undefined) return { kind: "unknown", account, reason: "message_without_sender", raw };

  const base: EventBase = { account, from, externalId: message.id, at: message.timestamp };
  return toNonMessageUpdate(base, message) ?? { kind: "message", account, from, message: inboundMessage(message, raw) };
}

function toNonMessageUpdate(base: EventBase, message: MessagePayload): ChannelUpdate | undefined {
  switch (message.type) {
    case "reaction": {
      const reaction = reactionPayload.safeParse(message.reaction);
      if (!reaction.success) return undefined;
      const { message_id: target, emoji } = reaction.data;
      return { kind: "reaction", ...base, target, ...(emoji !== undefined && { emoji }) };
    }
    case "edit": {
      const edit = editPayload.safeParse(message.edit);
      if (!edit.success) return undefined;
      const { original_message_id: target, message: edited } = edit.data;
      const body = bodyOf(typeof edited.type === "string" ? edited.type : undefined, edited);
      return body && { kind: "edit", ...base, target, content: body.content };
    }
    case "revoke": {
      const revoke = revokePayload.safeParse(message.revoke);
      return revoke.success ? { kind: "revoke", ...base, target: revoke.data.original_message_id } : undefined;
    }
    case "system":
      return addressChange(base, message);
    default:
      return undefined;
  }
}

/** The person's number or user id has changed; `from` has the previous ones. */
function addressChange(base: EventBase, message: MessagePayload): ChannelUpdate | undefined {
  const system = identityChange(message);
  if (system === undefined) return undefined;
  const newAddress = phoneOf(system.new_wa_id) ?? phoneOf(system.wa_id);
  const isMoved = newAddress !== undefined && newAddress !== base.from.address;
  if (!isMoved && system.user_id === undefined) return undefined;
  return {
    kind: "address_changed",
    ...base,
    ...(isMoved && { newAddress }),
    ...(system.user_id !== undefined && { newUserId: system.user_id }),
    ...(system.type !== undefined && { event: system.type }),
    ...(system.body !== undefined && { text: system.body }),
  };
}

function previousUserIdOf(message: MessagePayload): string | undefined {
  return identityChange(message)?.previous_user_id;
}

function identityChange(message: MessagePayload): SystemPayload | undefined {
  if (message.type !== "system") return undefined;
  const system = systemPayload.safeParse(message.system);
  return system.success && IDENTITY_CHANGES.has(system.data.type ?? "") ? system.data : undefined;
}

function inboundMessage(message: MessagePayload, raw: unknown): InboundMessage {
  const known: MessageBody | undefined = bodyOf(message.type, message);
  const { type, content, file } = known ?? unsupportedBody(message.type, message);
  const { id: replyTo, forwarded, frequently_forwarded, referred_product } = message.context ?? {};
  const context = defined({
    forwarded: forwarded || undefined,
    frequently_forwarded: frequently_forwarded || undefined,
    referred_product,
  });
  const errors = errorsOf(message.errors ?? []);
  return {
    externalId: message.id,
    at: message.timestamp,
    type,
    content: {
      ...content,
      ...(Object.keys(context).length > 0 && { context }),
      ...(message.referral !== undefined && { referral: message.referral }),
      ...(errors.length > 0 && { errors }),
    },
    ...(file !== undefined && { files: [file] }),
    ...(replyTo !== undefined && { replyTo }),
    ...(known === undefined && { raw }),
  };
}
