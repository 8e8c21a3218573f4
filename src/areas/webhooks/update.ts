import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { changeRow } from "../../kit/change-row";
import { changedMeanwhile, invalidRequest } from "../../kit/problem";
import { isMasked } from "../../kit/secrets";
import { wakeEndpoint } from "../../objects";
import { forgetSettings } from "../access/settings-of";
import { openHeaders, sealHeaders } from "./endpoint";
import { healthOf, HEALTHY, RESTED } from "./health";
import {
  CompleteHeaders,
  HEADER_MASK,
  OutgoingWebhook,
  toWebhook,
  UpdateOutgoingWebhook,
  WebhookPath,
  type WebhookRow,
} from "./model";
import { webhookDivisionUnknown, webhookNotFound, webhookUrlRefused } from "./problems";
import { loadWebhook, requireAllowed } from "./store";

export default operation({
  id: "updateWebhook",
  summary: "Update an outgoing webhook",
  description:
    "Omitted fields stay unchanged. A new rate applies within five seconds. Events that happen while it is switched off are not kept for it; what was waiting goes on when it is switched on.",
  params: WebhookPath,
  body: UpdateOutgoingWebhook,
  response: OutgoingWebhook,
  problems: [changedMeanwhile, webhookNotFound, webhookUrlRefused, webhookDivisionUnknown],
  handle: ({ ctx, params, body }) => updateWebhook(ctx, params.id, body),
});

export async function updateWebhook(
  ctx: Ctx,
  id: string,
  { headers, ...input }: z.output<typeof UpdateOutgoingWebhook>,
): Promise<OutgoingWebhook> {
  const row = await loadWebhook(ctx, id);
  await requireAllowed(ctx, input);
  const before = toWebhook(row, ctx.now());
  const changed = headers && (await changedHeaders(ctx, row, headers));
  const isSwitchedOn = input.is_active === true && !before.is_active;
  const isAnew = isSwitchedOn || (input.url !== undefined && input.url !== before.url);
  const isSwitchedOff = input.is_active === false && before.is_active;
  const health = {
    ...(isSwitchedOn && HEALTHY),
    ...(isSwitchedOff && { disabled_at: ctx.now() }),
    ...(isAnew && RESTED),
  };
  const { after } = await changeRow(ctx, {
    table: "webhooks",
    id,
    before,
    input,
    columns: () => ({ ...changed?.columns, ...health }),
    ...(changed && { alsoChanged: changed.changes, decidedBy: { headers: row.headers } }),
    event: (changes) => happened("webhook.updated", id, changes),
    missing: webhookNotFound,
  });
  forgetSettings();
  if (isAnew) ctx.background(wakeEndpoint(ctx, id));
  return {
    ...after,
    ...(changed && { headers: Object.fromEntries(changed.names.map((name) => [name, HEADER_MASK])) }),
    ...healthOf({ ...row, is_active: after.is_active ? 1 : 0, ...health }, ctx.now()),
  };
}

/** Puts the stored values in the place of masked ones. Undefined if nothing changes. Throws `invalid_request`. */
async function changedHeaders(ctx: Ctx, row: WebhookRow, given: Record<string, string>) {
  const known = await openHeaders(ctx, row.id, row.headers);
  const merged = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, isMasked(value) ? (known[name] ?? value) : value]),
  );
  const parsed = CompleteHeaders.safeParse(merged);
  if (!parsed.success)
    throw invalidRequest(undefined, {
      errors: parsed.error.issues.map(({ path, message }) => ({
        field: ["headers", ...path.map(String)].join("."),
        message,
      })),
    });
  if (JSON.stringify(merged) === JSON.stringify(known)) return undefined;
  const names = Object.keys(merged);
  return {
    names,
    columns: { headers: await sealHeaders(ctx, row.id, merged), header_names: names },
    changes: { headers: [Object.keys(known), names] as [unknown, unknown] },
  };
}
