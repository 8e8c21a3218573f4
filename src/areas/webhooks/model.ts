import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import { type SubscribableType, SUBSCRIBABLE_TYPES } from "../../domain/event";
import { MAX_ATTEMPTS, timeOfId } from "../../domain/webhook";
import { idPath } from "../../kit/id-path";
import { HEALTH, healthOf, type HealthRow, time, toAttempt } from "./health";

export const WebhookPath = idPath("webhook");

const EventType = z.enum(SUBSCRIBABLE_TYPES as [SubscribableType, ...SubscribableType[]]);

const isText = (text: string): boolean => !text.includes("\u0000");
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** Set by us or by the connection, or taken for ours by what is in front of the endpoint. */
const RESERVED_HEADER =
  /^(webhook-.*|content-.*|cf-.*|x-forwarded-.*|sec-.*|proxy-.*|host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|date|user-agent|accept-encoding|cookie)$/i;

const Headers = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, "must be the name of a header")
      .refine((name) => !RESERVED_HEADER.test(name), "is set by OmniStream or by the connection"),
    z
      .string()
      .regex(/^[\x21-\x7E]([\x20-\x7E]*[\x21-\x7E])?$/, "must be printable ASCII")
      .max(1000),
  )
  .refine((headers) => Object.keys(headers).length <= 20, "must have at most 20 headers")
  .refine(
    (headers) => new Set(Object.keys(headers).map((name) => name.toLowerCase())).size === Object.keys(headers).length,
    "must name each header once",
  );
const HEADERS = "Further headers of each request, for example a key of your gateway. Values are secrets";

const fields = {
  name: z.string().trim().min(1).max(200).refine(isText, "must not contain a NUL character"),
  url: z.string().max(2048).openapi({
    description: "Public http or https address, without a user and a password",
    example: "https://example.com/omnistream",
  }),
  events: z
    .array(EventType)
    .min(1)
    .max(SUBSCRIBABLE_TYPES.length)
    .transform((types) => [...new Set(types)])
    .openapi({ description: "Types of `GET /api/webhooks/events`", example: ["message.received"] }),
  channels: z
    .array(z.enum(CHANNELS))
    .max(CHANNELS.length)
    .transform((channels) => [...new Set(channels)])
    .openapi({ description: "Only conversations of these channels; empty: all" }),
  division_ids: z
    .array(z.uuid())
    .max(50)
    .transform((ids) => [...new Set(ids)])
    .openapi({ description: "Only conversations that are in these divisions; empty: all" }),
  max_per_second: z.int().min(1).max(1000).openapi({
    description:
      "The most requests in a second, evenly spaced. As at most four are open at a time, an endpoint that answers in 100 ms gets no more than 40",
  }),
  secret: z.string().max(200).openapi({
    description: "Your own secret: `whsec_` and the base64 of 24 to 64 bytes. Omit it to get a new one",
  }),
};

export const CreateOutgoingWebhook = z
  .strictObject({
    name: fields.name,
    url: fields.url,
    events: fields.events,
    secret: fields.secret.optional(),
    channels: fields.channels.default([]),
    division_ids: fields.division_ids.default([]),
    max_per_second: fields.max_per_second.default(50),
    headers: Headers.default({}).openapi({ description: HEADERS, example: { "x-gateway-key": "…" } }),
  })
  .openapi("CreateOutgoingWebhook");

const MaskedHeaders = z.record(z.string(), z.string()).openapi({ description: `${HEADERS}, and are shown masked` });

export const UpdateOutgoingWebhook = z
  .strictObject({
    name: fields.name.optional(),
    url: fields.url.optional(),
    events: fields.events.optional(),
    is_active: z.boolean().optional().openapi({ description: "Switching it on clears its failures" }),
    channels: fields.channels.optional(),
    division_ids: fields.division_ids.optional(),
    max_per_second: fields.max_per_second.optional(),
    headers: z
      .record(z.string(), z.string().max(1000))
      .optional()
      .openapi({ description: `${HEADERS}. They take the place of all present ones; a masked value keeps its own` }),
  })
  .openapi("UpdateOutgoingWebhook");

/** Headers as a whole, once masked values are replaced. */
export const CompleteHeaders = Headers;

export const RotateSecret = z.strictObject({ secret: fields.secret.optional() }).openapi("RotateWebhookSecret");

const Time = z.iso.datetime();

export const OutgoingWebhook = z
  .object({
    id: z.uuid(),
    name: z.string(),
    url: z.string(),
    secret: z.string().openapi({
      description: "Signs each delivery. In full only in the answer that makes it; otherwise its last four characters",
    }),
    events: z.array(z.string()).openapi({ description: "Subscribed event types" }),
    channels: z.array(z.enum(CHANNELS)),
    division_ids: z.array(z.uuid()),
    headers: MaskedHeaders,
    is_active: z.boolean(),
    max_per_second: z.int(),
    ...HEALTH,
    created_at: Time,
    updated_at: Time,
    created_by: z.uuid().nullable(),
    last_triggered_at: Time.nullable().openapi({ description: "Last attempt" }),
    last_success_at: Time.nullable(),
    previous_secret_until: Time.nullable().openapi({
      description: "Until then each delivery is signed with the secret before the rotation too; null if there is none",
    }),
  })
  .openapi("OutgoingWebhook");
export type OutgoingWebhook = z.infer<typeof OutgoingWebhook>;

export interface WebhookRow extends HealthRow {
  id: string;
  name: string;
  url: string;
  events: string;
  channels: string;
  division_ids: string;
  max_per_second: number;
  secret: string;
  secret_mask: string;
  previous_secret: string | null;
  previous_secret_until: number | null;
  headers: string | null;
  header_names: string;
  last_triggered_at: number | null;
  last_success: string | null;
  last_failure: string | null;
  created_by: string | null;
  created_at: number;
  updated_at: number;
}

export const HEADER_MASK = "••••";

export function toWebhook(row: WebhookRow, now: number): OutgoingWebhook {
  const until = row.previous_secret_until;
  return {
    id: row.id,
    name: row.name,
    url: row.url,
    secret: row.secret_mask,
    events: JSON.parse(row.events) as string[],
    channels: JSON.parse(row.channels) as OutgoingWebhook["channels"],
    division_ids: JSON.parse(row.division_ids) as string[],
    headers: Object.fromEntries((JSON.parse(row.header_names) as string[]).map((name) => [name, HEADER_MASK])),
    is_active: row.is_active === 1,
    max_per_second: row.max_per_second,
    ...healthOf(row, now),
    created_at: time(row.created_at)!,
    updated_at: time(row.updated_at)!,
    created_by: row.created_by,
    last_triggered_at: time(row.last_triggered_at),
    last_success_at: toAttempt(row.last_success)?.at ?? null,
    previous_secret_until: time(until !== null && until > now ? until : null),
  };
}

export const DELIVERY_STATUSES = ["pending", "success", "failed", "dead"] as const;

export const WebhookDelivery = z
  .object({
    id: z.uuid().openapi({ description: "The header `webhook-id`, the same at each attempt" }),
    webhook_id: z.uuid(),
    event_type: z.string(),
    payload: z.record(z.string(), z.unknown()).openapi({ description: "The body" }),
    status: z.enum(DELIVERY_STATUSES).openapi({
      description:
        "`pending`: not tried yet; `failed`: tried, and tried again at `next_retry_at`; `dead`: failed for good; `success`",
    }),
    attempt: z.int().openapi({ description: "Number of attempts so far" }),
    max_attempts: z.int(),
    is_test: z.boolean(),
    created_at: Time.openapi({ description: "Time of the event" }),
    http_status: z.int().nullable().openapi({ description: "Status of the last attempt; null without an answer" }),
    response_body: z.string().nullable().openapi({ description: "The first 16 KiB of the last answer" }),
    error_message: z.string().nullable().openapi({ description: "Why the last attempt failed" }),
    duration_ms: z.int().nullable().openapi({ description: "How long the last attempt took" }),
    next_retry_at: Time.nullable(),
    completed_at: Time.nullable(),
  })
  .openapi("WebhookDelivery");
export type WebhookDelivery = z.infer<typeof WebhookDelivery>;

export interface DeliveryRow {
  id: string;
  webhook_id: string;
  event_type: string;
  body: string;
  status: WebhookDelivery["status"];
  attempt: number;
  is_test: number;
  next_at: number | null;
  http_status: number | null;
  response_body: string | null;
  error_message: string | null;
  duration_ms: number | null;
  completed_at: number | null;
}

export const DELIVERY_COLUMNS =
  "id, webhook_id, event_type, body, status, attempt, is_test, next_at, http_status, response_body, error_message, duration_ms, completed_at";

export function toDelivery(row: DeliveryRow): WebhookDelivery {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event_type: row.event_type,
    payload: JSON.parse(row.body) as Record<string, unknown>,
    status: row.status,
    attempt: row.attempt,
    max_attempts: row.is_test === 1 ? 1 : MAX_ATTEMPTS,
    is_test: row.is_test === 1,
    created_at: time(timeOfId(row.id))!,
    http_status: row.http_status,
    response_body: row.response_body,
    error_message: row.error_message,
    duration_ms: row.duration_ms,
    next_retry_at: row.status === "failed" ? time(row.next_at) : null,
    completed_at: time(row.completed_at),
  };
}
