import { z } from "@hono/zod-openapi";
import { ACCOUNT_ASPECTS, CHANNELS } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { maskSecret } from "../../kit/secrets";
import { maskConfig, openConfig } from "./config-secrets";
import { reportedState } from "./reports";
import type { AccountRow } from "./table";

export const AccountPath = idPath("integration account");

export const AccountConfig = z.record(z.string().max(100), z.string().max(4096)).openapi({
  description:
    "For WhatsApp: `phone_number_id`, `waba_id`, `access_token` and optionally `app_secret`. For Messenger: `page_id`, `access_token` and optionally `page_name`, `app_secret`, `verify_token`, `human_agent`. For Instagram: `instagram_id`, `access_token` and optionally `username`, `app_secret`, `verify_token`, `human_agent`, `token_expires_at`, and `login` (`instagram`, or `facebook` with `page_id`). `human_agent` is `true` if Meta has granted the account the tag HUMAN_AGENT. For email: `address`, `provider` (`resend` or `postmark`), `api_key`, `inbound_secret`, and optionally `display_name`, `signature`, `webhook_secret`, `provider_signing_key`",
  example: { phone_number_id: "106540352242922", waba_id: "102290129340398", access_token: "EAAG…" },
});

const AccountReport = z
  .object({
    aspect: z.enum(ACCOUNT_ASPECTS).openapi({
      description:
        "`access`: whether we may act for the account; `standing`: violations, restrictions and bans; `quality`, `limit`: of messaging; `name`: the decision on the name that people see; `security`: two-step verification; `alert`, `review`, `other`: further reports",
    }),
    text: z.string().openapi({ description: "The report in plain words" }),
    needs_action: z.boolean().openapi({ description: "A person has to do or to check something" }),
    at: z.iso.datetime().openapi({ description: "Time of the report, by the channel's clock" }),
  })
  .openapi("AccountReport");

export const IntegrationAccount = z
  .object({
    id: z.uuid(),
    channel: z.enum(CHANNELS),
    account_key: z.string().openapi({
      description: "Identifies the account within its channel; for WhatsApp derived from `phone_number_id`",
    }),
    display_name: z.string(),
    is_active: z.boolean().openapi({
      description: "If false, nothing is sent through the account and incoming updates wait until it is active again",
    }),
    is_default: z.boolean().openapi({ description: "Whether it is the default account of its channel" }),
    config: z.record(z.string(), z.string()).openapi({ description: "Configuration by field, with secrets masked" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    division_id: z
      .uuid()
      .nullable()
      .openapi({ description: "The division of the account's new conversations; null for none" }),
    verify_token: z
      .string()
      .openapi({ description: "Token for the channel's webhook verification; masked without `integrations.manage`" }),
    webhook_url: z.string().openapi({ description: "URL to which the channel must deliver webhooks" }),
    health: z.enum(["connected", "degraded", "needs_reauth", "disconnected"]).openapi({
      description:
        "`degraded`: the channel restricts the account or warns; it ends when the channel lifts it or it expires. `needs_reauth`: the credentials are no longer accepted. `disconnected`: the channel refuses to send for the account. The latter two return to `connected` as soon as a message is sent successfully; a PATCH with `config`, even unchanged, reconnects the account.",
    }),
    health_detail: z.string().nullable().openapi({ description: "Reason for `health`; null if it is `connected`" }),
    restricted_until: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "When the channel ends its restriction of the account by itself; null if not known" }),
    quality_rating: z.string().nullable().openapi({
      description: "Quality rating by the channel: GREEN, YELLOW, RED or UNKNOWN for WhatsApp; null if not known",
    }),
    messaging_limit: z.string().nullable().openapi({
      description:
        "How many people the account may message first in a day, as the channel's code, for example TIER_2K; null if not known",
    }),
    verified_name: z
      .string()
      .nullable()
      .openapi({ description: "The name that people see, as the channel has approved it; null if not known" }),
    reports: z.array(AccountReport).openapi({
      description:
        "The channel's last report of each aspect. Every change comes live too, as `account.updated`, to callers with `integrations.manage`.",
    }),
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
    // The token is needed only to connect the channel.
    verify_token: ctx.actor.permissions.has("integrations.manage") ? row.verifyToken : maskSecret(row.verifyToken),
    webhook_url: ctx.config.PUBLIC_URL + (adapter.webhookPath?.(row.accountKey) ?? "/webhook"),
    ...reportedState(row, ctx.now()),
  };
}
