import type { Ctx } from "../../domain/context";
import { countTry } from "../../kit/rate-limit";
import { MINUTE } from "../../kit/clock";
import { DELIVERY_COLUMNS, type DeliveryRow, type WebhookRow } from "./model";
import { endpointFault } from "./post";
import {
  webhookDeliveryNotFound,
  webhookDivisionUnknown,
  webhookNotFound,
  webhookSecretInvalid,
  webhookUrlRefused,
} from "./problems";
import { newSecret, secretFrom } from "./signature";

/** Throws `webhook_not_found`. */
export async function loadWebhook(ctx: Ctx, id: string): Promise<WebhookRow> {
  const [row] = await ctx.db.query<WebhookRow>("SELECT * FROM webhooks WHERE org_id = ?1 AND id = ?2", id);
  if (!row) throw webhookNotFound();
  return row;
}

/** Throws `webhook_delivery_not_found`. */
export async function loadDelivery(ctx: Ctx, webhookId: string, id: string): Promise<DeliveryRow> {
  const [row] = await ctx.db.query<DeliveryRow>(
    `SELECT ${DELIVERY_COLUMNS} FROM webhook_deliveries WHERE org_id = ?1 AND webhook_id = ?2 AND id = ?3`,
    webhookId,
    id,
  );
  if (!row) throw webhookDeliveryNotFound();
  return row;
}

const about = (field: string, message: string) => ({ errors: [{ field, message }] });

/** Throws `webhook_url_refused`, or `webhook_division_unknown`. */
export async function requireAllowed(
  ctx: Ctx,
  { url, division_ids: divisionIds = [] }: { url?: string | undefined; division_ids?: readonly string[] | undefined },
): Promise<void> {
  const fault = url === undefined ? undefined : endpointFault(ctx.config, url);
  if (fault !== undefined) throw webhookUrlRefused(fault, about("url", fault));
  if (divisionIds.length === 0) return;
  const known = await ctx.db.query<{ id: string }>(
    "SELECT d.id FROM divisions d WHERE d.org_id = ?1 AND d.id IN (SELECT value FROM json_each(?2))",
    JSON.stringify(divisionIds),
  );
  if (known.length < divisionIds.length)
    throw webhookDivisionUnknown(undefined, about("division_ids", "must be divisions of the organization"));
}

/** The given secret, or a new one. Throws `webhook_secret_invalid`. */
export function secretOr(given: string | undefined): string {
  const secret = given === undefined ? newSecret() : secretFrom(given);
  if (secret === undefined) throw webhookSecretInvalid(undefined, about("secret", webhookSecretInvalid.title));
  return secret;
}

/** Requests by hand are limited, so that nobody floods others' servers by them. Throws `too_many_requests`. */
export const countManualSend = (ctx: Ctx): Promise<void> =>
  countTry(ctx, { [`webhook_manual:${ctx.orgId}`]: 120 }, MINUTE);
