import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../kit/context";
import { maskSecret } from "../../kit/secrets";
import { maskConfig, openConfig } from "./config-secrets";
import type { AccountRow } from "./table";

export const AccountPath = z.object({ id: z.uuid() });

export const AccountConfig = z.record(z.string().max(100), z.string().max(4096)).openapi({
  description: "For whatsapp: phone_number_id, waba_id, access_token, app_secret?",
  example: { phone_number_id: "106540352242922", waba_id: "102290129340398", access_token: "EAAG…" },
});

export const IntegrationAccount = z
  .object({
    id: z.uuid(),
    channel: z.enum(CHANNELS),
    account_key: z.string(),
    display_name: z.string(),
    is_active: z.boolean(),
    is_default: z.boolean(),
    config: z.record(z.string(), z.string()).openapi({ description: "Secret fields are masked" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    division_id: z.uuid().nullable(),
    verify_token: z.string().openapi({ description: "Masked without `integrations.manage`" }),
    webhook_url: z.string().openapi({ description: "Where the channel must deliver to" }),
    health: z.enum(["connected", "degraded", "needs_reauth", "disconnected"]).openapi({
      description:
        "`connected` again by itself as soon as a message goes out; `degraded`, by which the channel restricts or warns, when the channel lifts it or it has ended. A PATCH with `config`, also the same, connects anew.",
    }),
    health_detail: z.string().nullable().openapi({ description: "The channel's words" }),
    quality_rating: z.string().nullable().openapi({ description: "As the channel rates it: GREEN, YELLOW, RED or UNKNOWN for WhatsApp" }),
    messaging_limit: z.string().nullable().openapi({ description: "How many people may be written to first in a day, as the channel says it: TIER_2K" }),
  })
  .openapi("IntegrationAccount");
export type IntegrationAccount = z.infer<typeof IntegrationAccount>;

export const DisplayName = z.string().trim().min(1).max(200);

export async function toIntegrationAccount(ctx: Ctx, row: AccountRow): Promise<IntegrationAccount> {
  const adapter = adapterOf(row.channel)!;
  return {
    id: row.id,
    channel: row.channel,
    account_key: row.accountKey,
    display_name: row.displayName,
    is_active: row.isActive,
    is_default: row.isDefault,
    config: maskConfig(adapter, await openConfig(ctx.config, adapter, row.id, row.config)),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
    division_id: row.divisionId,
    // Whoever connects the channel needs it, and nobody else.
    verify_token: ctx.actor.permissions.has("integrations.manage") ? row.verifyToken : maskSecret(row.verifyToken),
    webhook_url: `${ctx.config.PUBLIC_URL}/webhook`,
    health: row.health,
    health_detail: row.healthDetail,
    quality_rating: row.qualityRating,
    messaging_limit: row.messagingLimit,
  };
}
