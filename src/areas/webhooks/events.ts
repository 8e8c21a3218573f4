import { z } from "@hono/zod-openapi";
import { SUBSCRIBABLE_TYPES } from "../../domain/event";
import { operation } from "../../domain/operation";
import { DESCRIPTIONS, exampleOf } from "./event-types";
import { entityOf, schemaNameOf } from "./payloads";

const WebhookEventType = z
  .object({
    type: z.string(),
    entity: z.string().openapi({ description: "The kind of thing that changes" }),
    description: z.string(),
    schema: z.object({ $ref: z.string() }).openapi({ description: "The schema of the payload, in this document" }),
    example: z.record(z.string(), z.unknown()).openapi({ description: "A payload" }),
  })
  .openapi("WebhookEventType");

export default operation({
  id: "listWebhookEvents",
  summary: "List available webhook event types",
  response: z.array(WebhookEventType),
  handle: async () =>
    SUBSCRIBABLE_TYPES.map((type) => ({
      type,
      entity: entityOf(type),
      description: DESCRIPTIONS[type],
      schema: { $ref: `/openapi.json#/components/schemas/${schemaNameOf(type)}` },
      example: { type, timestamp: "2026-11-29T08:30:00.000Z", data: exampleOf(type) },
    })),
});
