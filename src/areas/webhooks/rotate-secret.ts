import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { DAY } from "../../kit/clock";
import { commit } from "../../kit/commit";
import { changedMeanwhile } from "../../kit/problem";
import { maskSecret } from "../../kit/secrets";
import { sealSecret } from "./endpoint";
import { OutgoingWebhook, RotateSecret, toWebhook, WebhookPath } from "./model";
import { webhookNotFound, webhookSecretInvalid } from "./problems";
import { loadWebhook, secretOr } from "./store";

const KEEP_PREVIOUS_MS = DAY;

export default operation({
  id: "rotateWebhookSecret",
  summary: "Rotate the secret of a webhook",
  description:
    "For 24 hours each delivery has two signatures, the new secret's first. The answer is the only one that has the whole new secret.",
  params: WebhookPath,
  body: RotateSecret,
  response: OutgoingWebhook,
  idempotent: "stored",
  problems: [changedMeanwhile, webhookNotFound, webhookSecretInvalid],
  handle: ({ ctx, params, body }) => rotateSecret(ctx, params.id, body.secret),
});

export async function rotateSecret(ctx: Ctx, id: string, given?: string): Promise<z.infer<typeof OutgoingWebhook>> {
  const secret = secretOr(given);
  const before = await loadWebhook(ctx, id);
  const now = ctx.now();
  const columns = {
    secret: await sealSecret(ctx, id, secret),
    secret_mask: maskSecret(secret),
    previous_secret: before.secret,
    previous_secret_until: now + KEEP_PREVIOUS_MS,
    updated_at: now,
  };
  const answer = { ...toWebhook({ ...before, ...columns }, now), secret };
  await commit(ctx, {
    write: [ctx.db.update("webhooks", { id, secret: before.secret }, columns)],
    events: [happened("webhook.secret_rotated", id, { secret: [before.secret_mask, columns.secret_mask] })],
    mustChange: true,
    answer,
  });
  return answer;
}
