import { z } from "@hono/zod-openapi";
import type { WindowRule } from "./window";
import type { ConversationState } from "./conversation/state";
import { CATALOGUE, type DomainEvent } from "./event";
import type { EntityFrame, LiveFrame, ServerFrame } from "./live-frames";
import type { Permission } from "./permissions";
import type { StoredMessage } from "./message/state";
import { type LinkOf, toConversation, toMessage } from "./conversation/wire";

export type { EntityFrame, LiveFrame, ServerFrame, Viewers } from "./live-frames";

/** The frames of live sockets, in both directions; the schemas of the server's frames are in live-frames.ts. */

/** The frames that a client may send on a conversation's socket. */
export const ClientFrame = z
  .strictObject({ type: z.literal("typing"), is_typing: z.boolean() })
  .openapi("LiveClientFrame");

/** The receivers of an event: those with the permission, or of these only some. Undefined: all. */
export interface Audience {
  permission: Permission;
  agentIds?: string[];
}

export function audienceOf({ type, data }: Pick<LiveFrame | EntityFrame, "type" | "data">): Audience | undefined {
  const { heardWith, heardByNamed } = CATALOGUE[type];
  if (heardWith === undefined) return undefined;
  return { permission: heardWith, ...(heardByNamed && { agentIds: data!["agent_ids"] as string[] }) };
}

export const isFor = (audience: Audience | undefined, who: SocketIdentity): boolean =>
  audience === undefined ||
  (who.hearsWith.includes(audience.permission) &&
    (audience.agentIds === undefined || audience.agentIds.includes(who.agentId)));

export const frameText = (frame: ServerFrame): string => JSON.stringify(frame);

/** Close codes and reasons of sockets that the server closes. */
export const CLOSE = {
  sessionOver: [4401, "the session is over"],
  outOfSight: [4403, "the conversation is out of sight"],
  vanished: [4408, "no ping"],
  takesNoMessages: [1008, "this socket takes no messages"],
  tooLarge: [1009, "too large"],
} as const satisfies Record<string, readonly [code: number, reason: string]>;
export type CloseReason = (typeof CLOSE)[keyof typeof CLOSE];

/** The frame of an event, with the conversation and the message in their present state. */
export function toFrame(
  event: DomainEvent,
  state: ConversationState,
  window: WindowRule,
  message: StoredMessage | undefined,
  linkOf: LinkOf,
): LiveFrame {
  return {
    seq: event.seq,
    type: event.type,
    at: new Date(event.at).toISOString(),
    conversation_id: state.id,
    conversation: toConversation(state, window),
    actor: event.actor,
    ...(message && { message: toMessage(message, state, linkOf) }),
    ...(event.data && { data: event.data }),
  };
}

/** The identity of a socket; stored in its attachment, so it survives hibernation. */
export interface SocketIdentity {
  agentId: string;
  credentialId: string;
  all: boolean;
  divisionIds: string[];
  /** Those of the permissions by which sockets differ in what they hear. */
  hearsWith: readonly Permission[];
  /** When the credential was read, in milliseconds since 1970: rights that were revoked later are refused. */
  authenticatedAt: number;
  /** When the credential expires, in milliseconds since 1970; null: never. */
  expiresAt: number | null;
  /** For a conversation's socket: its subscription in the inbox, by which `revoke` finds it. */
  opening?: string;
}
