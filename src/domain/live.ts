import { z } from "@hono/zod-openapi";
import type { WindowRule } from "./window";
import type { ConversationState } from "./conversation/state";
import { CATALOGUE, type DomainEvent, EVENT_TYPES } from "./event";
import type { StoredMessage } from "./message/state";
import { ConversationWithContact, type LinkOf, Message, toConversation, toMessage } from "./conversation/wire";

/**
 * All frames of live sockets, in both directions. docs/live.md documents them; a test compares the page with these
 * schemas.
 */

const Time = z.iso.datetime();
const Seq = z.int().min(0).openapi({ description: "Position in this socket's stream; resume with `since=`" });

export const LiveFrame = z
  .strictObject({
    seq: Seq,
    type: z.enum(EVENT_TYPES),
    at: Time,
    conversation_id: z.uuid(),
    conversation: ConversationWithContact,
    message: Message.optional().openapi({ description: "The message the event is about" }),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: "Additional data of the event, by its type" }),
  })
  .openapi("LiveFrame", { description: "An event. It has a position in the stream." });
export type LiveFrame = z.infer<typeof LiveFrame>;

const Viewers = z
  .array(z.strictObject({ agent_id: z.uuid() }))
  .openapi({ description: "Agents who have the conversation open" });
export type Viewers = z.infer<typeof Viewers>;

export const HelloFrame = z
  .strictObject({ type: z.literal("hello"), seq: Seq, viewers: Viewers.optional() })
  .openapi("LiveHelloFrame", {
    description: "The first frame; events after `seq` follow. `viewers` is present only on a conversation's socket.",
  });
export const ResyncFrame = z
  .strictObject({
    type: z.literal("resync"),
    seq: Seq,
    reason: z
      .enum(["too_old", "unknown_position"])
      .openapi({ description: "`too_old`: the position is no longer kept; `unknown_position`: it does not exist" }),
    call: z
      .string()
      .openapi({ example: "GET /api/conversations" })
      .openapi({ description: "The call that returns the current state" }),
    viewers: Viewers.optional(),
  })
  .openapi("LiveResyncFrame", {
    description:
      "The first frame instead of `hello`: missed events can no longer be replayed. Make the given call; events after `seq` follow.",
  });
export const RemovedFrame = z
  .strictObject({ type: z.literal("conversation.removed"), seq: Seq, at: Time, conversation_id: z.uuid() })
  .openapi("LiveRemovedFrame", {
    description: "The caller may no longer see the conversation. The frame has a position in the stream.",
  });
export const ViewersFrame = z
  .strictObject({ type: z.literal("viewers"), viewers: Viewers })
  .openapi("LiveViewersFrame", { description: "An agent opened or closed the conversation" });
export const TypingFrame = z
  .strictObject({
    type: z.literal("typing"),
    agent_id: z.uuid(),
    is_typing: z.boolean().openapi({
      description: "`true` when typing starts and every few seconds while it goes on, `false` when it stops",
    }),
  })
  .openapi("LiveTypingFrame", {
    description: "A colleague started or stopped typing; never sent to the socket of the agent who types",
  });

/** The frames that a socket may receive. */
export const ServerFrame = z
  .union([LiveFrame, RemovedFrame, HelloFrame, ResyncFrame, ViewersFrame, TypingFrame])
  .openapi("LiveServerFrame");
export type ServerFrame = z.infer<typeof ServerFrame>;

/** The frames that a client may send on a conversation's socket. */
export const ClientFrame = z
  .strictObject({ type: z.literal("typing"), is_typing: z.boolean() })
  .openapi("LiveClientFrame");

/**
 * The receivers of an event among those who see its conversation: all (undefined), those who may read notes, or of
 * these only some.
 */
export interface Audience {
  readsNotes: true;
  agentIds?: string[];
}

export function audienceOf({ type, data }: Pick<LiveFrame, "type" | "data">): Audience | undefined {
  const { heardWith, heardByNamed } = CATALOGUE[type];
  if (heardWith !== "notes.view") return undefined;
  return { readsNotes: true, ...(heardByNamed && { agentIds: data!["agent_ids"] as string[] }) };
}

export const isFor = (audience: Audience | undefined, who: SocketIdentity): boolean =>
  audience === undefined ||
  (who.readsNotes && (audience.agentIds === undefined || audience.agentIds.includes(who.agentId)));

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
  readsNotes: boolean;
  /** When the credential was read, in milliseconds since 1970: rights that were revoked later are refused. */
  authenticatedAt: number;
  /** When the credential expires, in milliseconds since 1970; null: never. */
  expiresAt: number | null;
  /** For a conversation's socket: its subscription in the inbox, by which `revoke` finds it. */
  opening?: string;
}
