import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { maskSecret } from "../../kit/secrets";
import { forgetSettings } from "../access/settings-of";
import { sealHeaders, sealSecret } from "./endpoint";
import { HEALTHY, RESTED } from "./health";
import { CreateOutgoingWebhook, OutgoingWebhook, toWebhook, type WebhookRow } from "./model";
import { webhookDivisionUnknown, webhookLimitReached, webhookSecretInvalid, webhookUrlRefused } from "./problems";
import { requireAllowed, secretOr } from "./store";

const MAX_WEBHOOKS = 100;

export default operation({
  id: "createWebhook",
  summary: "Create an outgoing webhook",
  description:
    "Events from within five seconds on are sent to it. The answer is the only one that has the whole secret; store it safely.",
  body: CreateOutgoingWebhook,
  examples: {
    "All messages": {
      name: "CRM sync",
      url: "https://example.com/omnistream",
      events: ["message.received", "message.sent", "message.status", "message.failed"],
    },
  },
  response: OutgoingWebhook,
  status: 201,
  idempotent: "stored",
  problems: [webhookUrlRefused, webhookSecretInvalid, webhookDivisionUnknown, webhookLimitReached],
  handle: ({ ctx, body }) => createWebhook(ctx, body),
});

export async function createWebhook(
  ctx: Ctx,
  { secret: given, headers, ...input }: z.output<typeof CreateOutgoingWebhook>,
): Promise<OutgoingWebhook> {
  const secret = secretOr(given);
  await requireAllowed(ctx, input);
  const [id, now] = [ctx.newId(), ctx.now()];
  const row: WebhookRow = {
    id,
    name: input.name,
    url: input.url,
    events: JSON.stringify(input.events),
    channels: JSON.stringify(input.channels),
    division_ids: JSON.stringify(input.division_ids),
    is_active: 1,
    secret: await sealSecret(ctx, id, secret),
    secret_mask: maskSecret(secret),
    previous_secret: null,
    previous_secret_until: null,
    headers: await sealHeaders(ctx, id, headers),
    header_names: JSON.stringify(Object.keys(headers)),
    max_per_second: input.max_per_second,
    ...HEALTHY,
    ...RESTED,
    last_triggered_at: null,
    last_success: null,
    last_failure: null,
    created_by: ctx.actor.id,
    created_at: now,
    updated_at: now,
  };
  const answer = { ...toWebhook(row, now), secret };
  const write = ctx.db.sql(
    `INSERT INTO webhooks (org_id, id, name, url, events, channels, division_ids, secret, secret_mask, headers, header_names, max_per_second, created_by, created_at, updated_at)
     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14
     WHERE (SELECT count(*) FROM webhooks w WHERE w.org_id = ?1) < ${MAX_WEBHOOKS}`,
    id,
    row.name,
    row.url,
    row.events,
    row.channels,
    row.division_ids,
    row.secret,
    row.secret_mask,
    row.headers,
    row.header_names,
    row.max_per_second,
    row.created_by,
    now,
  );
  const { name, url, events, channels, division_ids, max_per_second } = answer;
  const made = { name, url, events, channels, division_ids, max_per_second };
  await commit(ctx, {
    write: [write],
    mustChange: () => webhookLimitReached(`${MAX_WEBHOOKS} is the most`),
    events: [
      happened(
        "webhook.created",
        id,
        Object.fromEntries(Object.entries(made).map(([field, value]) => [field, [null, value]])),
      ),
    ],
    answer,
    status: 201,
  });
  forgetSettings();
  return answer;
}
