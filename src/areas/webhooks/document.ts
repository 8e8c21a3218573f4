import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { SUBSCRIBABLE_TYPES } from "../../domain/event";
import { DESCRIPTIONS, exampleOf } from "./event-types";
import { schemaOf } from "./payloads";

const SignedHeaders = z.object({
  "webhook-id": z.string().openapi({ description: "The same at each attempt: whoever has seen it ignores the rest" }),
  "webhook-timestamp": z.string().openapi({ description: "Seconds since 1970 of this attempt" }),
  "webhook-signature": z
    .string()
    .openapi({ description: "`v1,` and a signature, for each secret that is valid, separated by spaces" }),
});

/** Adds the requests that webhooks send to the document. */
export function registerWebhooks(registry: OpenAPIHono["openAPIRegistry"]): void {
  for (const type of SUBSCRIBABLE_TYPES)
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: `webhook_${type.replaceAll(".", "_")}`,
      tags: ["Outgoing Webhooks"],
      summary: DESCRIPTIONS[type],
      // The receiver checks the signature.
      security: [],
      request: {
        headers: SignedHeaders,
        body: {
          required: true,
          content: {
            "application/json": {
              schema: schemaOf(type),
              example: { type, timestamp: "2026-11-29T08:30:00.000Z", data: exampleOf(type) },
            },
          },
        },
      },
      responses: {
        "2XX": { description: "Taken. Every other answer is a failure, and is tried again" },
        410: { description: "Nothing is to be sent any more: the webhook is switched off" },
      },
    });
}
