import { z } from "@hono/zod-openapi";
import { CHANNELS, MESSAGE_TYPES } from "../../channels/channel";
import { MESSAGE_STATUSES } from "../message/state";
import { SLA_STATUSES } from "../sla";
import { WINDOW_STATUSES } from "../window";
import { CONVERSATION_STATUSES } from "./state";

/** The schemas of `wire.ts`. Apart from it, since objects start without them. */

const Time = z.iso.datetime();

export const ConversationWithContact = z
  .object({
    id: z.uuid(),
    contact_id: z.uuid().openapi({ description: "The customer" }),
    status: z.enum(CONVERSATION_STATUSES).openapi({
      description:
        "`open`: an agent must answer or resolve it; `pending`: handled by an AI agent or waiting in a division's queue; `resolved`: finished",
    }),
    last_message_at: Time.nullable().openapi({ description: "Time of the latest message; null if there is none" }),
    unread_count: z.int().openapi({
      description: "Inbound messages since the conversation was last read; 1 if an agent marked it as unread",
    }),
    created_at: Time,
    updated_at: Time.openapi({
      description:
        "Time of the latest activity: a message, an assignment, or a change of status or tags. Marking as read does not count.",
    }),
    contact_channel: z.enum(CHANNELS),
    assigned_agent_id: z.uuid().nullable().openapi({ description: "The assigned agent; null if unassigned" }),
    contact_name: z.string().nullable().openapi({
      description: "Name set by an agent, else the profile name or username from the channel; null if not known",
    }),
    contact_phone: z.string().nullable().openapi({
      description: "The customer's address on the channel, for example the phone number; null if not known",
    }),
    account_id: z.uuid().openapi({ description: "The integration account the conversation belongs to" }),
    division_id: z.uuid().nullable().openapi({ description: "The division the conversation is in; null if none" }),
    waiting_since: Time.nullable().openapi({
      description:
        "Time since when the conversation has been waiting in its division's queue; null if it is not waiting",
    }),
    tags: z.array(z.string()).openapi({ description: "Tags, unique ignoring case; at most 50" }),
    last_message: z.string().nullable().openapi({ description: "Beginning of the latest message" }),
    window_expires_at: Time.nullable().openapi({
      description:
        "End of the customer service window, the time after a customer's last message in which free text may be sent; null before the first customer message, or if the channel has no such window",
    }),
    window_status: z
      .enum(WINDOW_STATUSES)
      .openapi({ description: "State of the customer service window; updated every minute" }),
    sla_status: z.enum(SLA_STATUSES).openapi({
      description: "The worse of the first-response and resolution statuses in the current cycle; updated every minute",
    }),
    thread_control: z.enum(["ours", "other"]).openapi({
      description:
        "`other`: another program, such as the channel's own inbox, controls the conversation there, and nothing can be sent",
    }),
    referral: z.record(z.string(), z.unknown()).nullable().openapi({
      description:
        "The advertisement, link or post that led to the current cycle, in the channel's terms; null if none",
    }),
    cycle: z.int().openapi({
      description:
        "Number of the current cycle: starts at 1 and increases each time the conversation is reopened; 0 while the conversation has only messages from before its account was connected",
    }),
    message_count: z.int().openapi({ description: "Number of messages in the conversation" }),
    version: z
      .int()
      .openapi({ description: "Increases with every change; of two copies, the one with the higher version is newer" }),
  })
  .openapi("ConversationWithContact");
export type ConversationWithContact = z.infer<typeof ConversationWithContact>;

const Failure = z.object({
  code: z.string().openapi({ description: "Code of the failure" }),
  title: z.string().openapi({ description: "Short summary of the failure" }),
  detail: z.string().optional().openapi({ description: "Further explanation, if the channel gives one" }),
  opted_out: z
    .literal(true)
    .optional()
    .openapi({ description: "The customer takes no marketing messages; the contact has it from now on" }),
});

export const Message = z
  .object({
    _id: z.string().openapi({ description: "24 hex digits; ids sort by time", example: "6743a1f0c0ffee1234000001" }),
    conversation_id: z.uuid(),
    direction: z
      .enum(["inbound", "outbound"])
      .openapi({ description: "`inbound` from the customer, `outbound` to the customer" }),
    type: z.enum(MESSAGE_TYPES),
    content: z.record(z.string(), z.unknown()).openapi({
      description:
        'Free-form JSON. For text messages: {"text": "…"}. A file has `mime_type`, `file_size`, `url` (needs a session) and `signed_url` (needs none, and works for one to two hours).',
    }),
    status: z.enum(MESSAGE_STATUSES).openapi({
      description:
        "`received` and `read` for inbound messages; outbound messages advance from `queued` through `sending`, `sent` and `delivered` to `read`, or to `failed`",
    }),
    created_at: Time,
    external_id: z
      .string()
      .nullable()
      .openapi({ description: "The channel's id of the message; null until the channel has accepted it" }),
    sender_phone: z
      .string()
      .nullable()
      .openapi({ description: "The customer's address on the channel; null for outbound messages" }),
    sender_agent_id: z.uuid().nullable().openapi({
      description:
        "The agent who sent the message; null for inbound and automatic messages, and for those from the channel's own app",
    }),
    sent_via: z.enum(["api", "app"]).nullable().openapi({
      description:
        "`api`: the message was sent with this product; `app`: in the channel's own app, such as the shop's phone; null for inbound messages",
    }),
    sender_name: z.string().nullable().openapi({
      description: "Name of that agent when the message was sent; it stays when the agent is renamed or deleted",
    }),
    client_key: z.string().nullable().openapi({
      description:
        "The `Idempotency-Key` of the call that sent the message, by which its client knows it again; null if it had none",
    }),
    reply_to: z.string().nullable().openapi({ description: "Id of the message this one replies to; null if none" }),
    reply_to_external_id: z.string().nullable().openapi({
      description:
        "The channel's id of the message that this one from the channel replies to, also if that message is not known here; null if none",
    }),
    reactions: z
      .array(
        z.object({
          emoji: z.string().openapi({ description: "The reaction, one emoji" }),
          by: z.enum(["customer", "agent"]).openapi({ description: "The side that reacted" }),
          at: Time,
          failure: Failure.nullable().openapi({
            description: "For an agent's reaction: why the channel rejected it; otherwise null",
          }),
        }),
      )
      .openapi({ description: "Current reactions to the message" }),
    edited_at: Time.nullable().openapi({ description: "Time of the latest edit by the sender; null if never edited" }),
    revoked_at: Time.nullable().openapi({
      description: "Time at which the sender deleted the message; null if not deleted",
    }),
    status_times: z
      .record(z.string(), Time)
      .openapi({ description: "Time at which each status was reached, by status" }),
    failure: Failure.nullable().openapi({
      description: "Why the message could not be sent, as reported by the channel; null if it did not fail",
    }),
    pricing: z
      .object({
        billable: z.boolean().nullable(),
        category: z.string().nullable(),
        type: z.string().nullable(),
        model: z.string().nullable(),
        conversation_origin: z
          .string()
          .nullable()
          .openapi({ description: "The origin of the conversation that the channel charges for" }),
      })
      .nullable()
      .openapi({
        description:
          "The channel's charge for the message, in its own terms, as it reports it with the delivery; null if it has not",
      }),
  })
  .openapi("Message");
export type Message = z.infer<typeof Message>;
