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
  userIdUpdatePayload,
  type ContactPayload,
  type MessagePayload,
  type SystemPayload,
} from "./payload";

/** A message, or an event of a message or of the person: an element of `messages[]`, and of the lists of app-message.ts. */

const IDENTITY_CHANGES = new Set(["user_changed_number", "user_changed_user_id"]);

/** The person of an update: who caused it, or to whom the business did. */
export type Side = { from: Party } | { to: Party };

/** The fields of every update about a message. */
type EventBase<Who extends Side = Side> = { account: string; externalId: string; at: number } & Who;

export function messageUpdate(account: string, raw: unknown, contacts: readonly ContactPayload[]): ChannelUpdate {
  const parsed = messagePayload.safeParse(raw);
  if (!parsed.success) return { kind: "unknown", account, reason: "message_without_id_or_time", raw };
  const message = parsed.data;
  if (message.group_id !== undefined) return { kind: "unknown", account, reason: "group_message", raw };
  const change = identityChange(message);
  const from = partyOf(
    {
      address: message.from,
      userId: change?.previous_user_id ?? message.from_user_id,
      parentUserId: change?.previous_parent_user_id ?? message.from_parent_user_id,
    },
    contacts,
  );
  if (from === undefined) return { kind: "unknown", account, reason: "message_without_sender", raw };

  const base = { account, from, externalId: message.id, at: message.timestamp };
  return (
    addressChange(base, message) ??
    messageEvent(base, message) ?? { kind: "message", account, from, message: inboundMessage(message, raw) }
  );
}

/** The update of a reaction, an edit or a revocation. */
export function messageEvent(base: EventBase, message: MessagePayload): ChannelUpdate | undefined {
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
      if (body === undefined) return undefined;
      const { type, content, file } = body;
      return { kind: "edit", ...base, target, type, content, ...(file !== undefined && { files: [file] }) };
    }
    case "revoke": {
      const revoke = revokePayload.safeParse(message.revoke);
      return revoke.success ? { kind: "revoke", ...base, target: revoke.data.original_message_id } : undefined;
    }
    default:
      return undefined;
  }
}

/** The person's number or user id has changed; `from` has the previous ones. */
function addressChange(base: EventBase<{ from: Party }>, message: MessagePayload): ChannelUpdate | undefined {
  const system = identityChange(message);
  if (system === undefined) return undefined;
  const newAddress = phoneOf(system.new_wa_id) ?? phoneOf(system.wa_id);
  const isMoved = newAddress !== undefined && newAddress !== base.from.address;
  if (!isMoved && system.user_id === undefined && system.parent_user_id === undefined) return undefined;
  return {
    kind: "address_changed",
    ...base,
    ...(isMoved && { newAddress }),
    ...(system.user_id !== undefined && { newUserId: system.user_id }),
    ...(system.parent_user_id !== undefined && { newParentUserId: system.parent_user_id }),
    ...(system.type !== undefined && { event: system.type }),
    ...(system.body !== undefined && { text: system.body }),
  };
}

/**
 * An element of `user_id_update[]`, as Meta's first announcement of user ids and some providers deliver it: the previous
 * user id and the present one, and the present number unless it is hidden.
 */
export function userIdUpdate(account: string, raw: unknown): ChannelUpdate {
  const parsed = userIdUpdatePayload.safeParse(raw);
  const unknown: ChannelUpdate = { kind: "unknown", account, reason: "user_id_update", raw };
  if (!parsed.success) return unknown;
  const { timestamp: at, wa_id, detail, user_id: own, parent_user_id: parent } = parsed.data;
  const newAddress = phoneOf(wa_id);
  const from: Party = defined({ userId: own.previous, parentUserId: parent?.previous });
  const to = defined({ newAddress, newUserId: own.current, newParentUserId: parent?.current });
  if (Object.keys(from).length === 0 || Object.keys(to).length === 0) return unknown;
  const externalId = `user_id_update:${own.previous ?? parent?.previous}:${own.current ?? parent?.current}:${at}`;
  return {
    kind: "address_changed",
    account,
    from,
    externalId,
    at,
    ...to,
    ...defined({ text: detail }),
    event: "user_id_update",
  };
}

function identityChange(message: MessagePayload): SystemPayload | undefined {
  if (message.type !== "system") return undefined;
  const system = systemPayload.safeParse(message.system);
  return system.success && IDENTITY_CHANGES.has(system.data.type ?? "") ? system.data : undefined;
}

export function inboundMessage(message: MessagePayload, raw: unknown): InboundMessage {
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
