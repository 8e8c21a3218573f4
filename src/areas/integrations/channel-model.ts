import { z } from "@hono/zod-openapi";
import { and, eq } from "drizzle-orm";
import { type Channel, CHANNELS } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { maskConfig, openConfig } from "./config-secrets";
import { type AccountRow, integrationAccounts } from "./table";

/** `/api/integrations/{channel}`: the channel's default account, for whoever has one account of a channel. */

export const ChannelPath = z.object({
  channel: z.enum(CHANNELS).openapi({ description: "The channel", example: "whatsapp" }),
});

export const Integration = z
  .object({
    id: z.uuid().nullable().openapi({ description: "Id of the channel's default account; null if it has none" }),
    channel: z.enum(CHANNELS),
    is_active: z.boolean().openapi({ description: "False too if the channel has no account" }),
    config: z
      .record(z.string(), z.string())
      .openapi({ description: "Configuration by field, with secrets masked; empty if the channel has no account" }),
    created_at: z.iso.datetime().nullable(),
    updated_at: z.iso.datetime().nullable(),
    division_id: z
      .uuid()
      .nullable()
      .openapi({ description: "The division of the account's new conversations; null for none" }),
  })
  .openapi("Integration");
export type Integration = z.infer<typeof Integration>;

export const loadDefaultAccount = (ctx: Ctx, channel: Channel): Promise<AccountRow | undefined> =>
  ctx.db.first(
    integrationAccounts,
    and(eq(integrationAccounts.channel, channel), eq(integrationAccounts.isDefault, true))!,
  );

export async function toIntegration(ctx: Ctx, channel: Channel, row: AccountRow | undefined): Promise<Integration> {
  if (!row)
    return { id: null, channel, is_active: false, config: {}, created_at: null, updated_at: null, division_id: null };
  const adapter = adapterOf(channel)!;
  return {
    id: row.id,
    channel,
    is_active: row.isActive,
    config: maskConfig(adapter, await openConfig(ctx.config, adapter, row.id, row.config)),
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
    division_id: row.divisionId,
  };
}
