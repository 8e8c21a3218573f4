import { z } from "@hono/zod-openapi";
import { ConversationWithContact, Message } from "./conversation/schema";
import { CAMPAIGN_STATUSES } from "./campaign";
import { EVENT_TYPES, HEARD_ENTITY_EVENTS } from "./event";

/**
 * The frames that the server sends on live sockets. Apart from `live.ts`, since objects start without their schemas.
 * docs/live.md documents them; a test compares the page with these schemas.
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
    actor: z
      .strictObject({ kind: z.enum(["agent", "api_key", "system", "customer"]), id: z.uuid().nullable() })
      .openapi({ description: "The cause of the event; `id` is of the agent, for an API key of its owner" }),
    message: Message.optional().openapi({ description: "The message the event is about" }),
    data: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: "Additional data of the event, by its type" }),
  })
  .openapi("LiveFrame", { description: "An event. It has a position in the stream." });
export type LiveFrame = z.infer<typeof LiveFrame>;

export const EntityFrame = z
  .strictObject({
    seq: Seq,
    type: z.enum(HEARD_ENTITY_EVENTS),
    at: Time,
    entity_id: z.string().openapi({ description: "Id of the entity; for `account.updated` the integration account" }),
    data: z
      .record(z.string(), z.unknown())
      .openapi({ description: "The changed fields, each with its value before and after: [before, after]" }),
  })
  .openapi("LiveEntityFrame", {
    description: "A change outside conversations, on the inbox's socket. The frame has a position in the stream.",
  });
export type EntityFrame = z.infer<typeof EntityFrame>;

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

const Count = z.int().min(0);
export const ProgressFrame = z
  .strictObject({
    type: z.literal("campaign.progress"),
    at: Time,
    campaign_id: z.uuid(),
    status: z.enum(CAMPAIGN_STATUSES),
    total_recipients: Count,
    pending_count: Count,
    sent_count: Count,
    delivered_count: Count,
    read_count: Count,
    failed_count: Count,
    skipped_count: Count,
    replied_count: Count,
    clicked_count: Count,
  })
  .openapi("LiveProgressFrame", {
    description:
      "How far a campaign is, at most once a second while it changes, on the inbox's socket of those who may view campaigns. The counts are those of the campaign. The frame has no position and is not replayed",
  });
export type ProgressFrame = z.infer<typeof ProgressFrame>;

/** The frames that a socket may receive. */
export const ServerFrame = z
  .union([LiveFrame, EntityFrame, RemovedFrame, HelloFrame, ResyncFrame, ViewersFrame, TypingFrame, ProgressFrame])
  .openapi("LiveServerFrame");
export type ServerFrame = z.infer<typeof ServerFrame>;
