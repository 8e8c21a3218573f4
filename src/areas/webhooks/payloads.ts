import { z } from "@hono/zod-openapi";
import { ConversationWithContact, Message } from "../../domain/conversation/schema";
import { CATALOGUE, EVENT_TYPES, SUBSCRIBABLE_TYPES, type SubscribableType } from "../../domain/event";

/** The schemas of what webhooks send. */

const Time = z.iso.datetime().openapi({ description: "When it happened" });
const Seq = z.int().openapi({ description: "Number of the event in its conversation: later events have higher ones" });

const ConversationData = z.object({
  seq: Seq,
  conversation_id: z.uuid(),
  conversation: ConversationWithContact,
  message: Message.optional().openapi({ description: "The message that the event is about" }),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .openapi({ description: "Further facts, by type: `data` of the same live frame" }),
});

const ThinData = z.object({
  seq: Seq,
  conversation_id: z.uuid(),
  message_id: z.string().optional(),
  url: z.url().or(z.string().startsWith("/")).openapi({ description: "Where to read it with an API key" }),
  is_thin: z.literal(true).openapi({ description: "In full it would have had more than 20,000 bytes" }),
});

const EntityData = z.object({
  entity_id: z.uuid(),
  changes: z
    .record(z.string(), z.unknown())
    .optional()
    .openapi({ description: "Each field with its value before and after: [before, after]" }),
  is_thin: z.literal(true).optional(),
});

const isOfConversation = (type: SubscribableType): boolean =>
  type === "message.sent" || (EVENT_TYPES as readonly string[]).includes(type);

const typesWhere = (wanted: (type: SubscribableType) => boolean) =>
  z.enum(SUBSCRIBABLE_TYPES.filter(wanted) as [SubscribableType, ...SubscribableType[]]);

export const ConversationEvent = z
  .object({
    type: typesWhere(isOfConversation),
    timestamp: Time,
    data: z.union([ConversationData, ThinData]),
  })
  .openapi("WebhookConversationEvent", { description: "An event of a conversation, as a webhook gets it" });

export const EntityEvent = z
  .object({ type: typesWhere((type) => !isOfConversation(type)), timestamp: Time, data: EntityData })
  .openapi("WebhookEntityEvent", { description: "An event of something else, as a webhook gets it" });

/** The name of the schema of a type's payload. */
export const schemaNameOf = (type: SubscribableType): "WebhookConversationEvent" | "WebhookEntityEvent" =>
  isOfConversation(type) ? "WebhookConversationEvent" : "WebhookEntityEvent";

export const schemaOf = (type: SubscribableType): z.ZodType =>
  isOfConversation(type) ? ConversationEvent : EntityEvent;

export const entityOf = (type: SubscribableType): string =>
  type === "message.sent" ? "message" : CATALOGUE[type].entity;
