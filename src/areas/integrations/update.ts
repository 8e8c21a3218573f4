import { z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { adapterOf } from "../../channels/registry";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { divisionUnknown } from "../conversations/problems";
import { replayUnrouted } from "../webhooks/parked";
import { mergeConfig, openConfig, sealConfig } from "./config-secrets";
import { AccountConfig, AccountPath, DisplayName, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountConfigInvalid, accountExists, accountNotFound, channelRefused, channelUnavailable } from "./problems";
import { claimRoute, connectAtChannel, loadAccount, parseConfig, requireDivision } from "./store";
import { type AccountRow, integrationAccounts } from "./table";

export const UpdateIntegrationAccount = z
  .strictObject({
    account_key: z.string().trim().min(1).max(200).optional().openapi({ description: "Not for WhatsApp, where it is derived" }),
    display_name: DisplayName.optional(),
    is_active: z.boolean().optional(),
    is_default: z.literal(true).optional(),
    division_id: z.uuid().nullable().optional(),
    config: AccountConfig.optional().openapi({ description: "Merged over what is there; a masked value keeps the old one" }),
  })
  .openapi("UpdateIntegrationAccount");

export const update = operation({
  id: "updateIntegrationAccount",
  tag: "Integrations",
  summary: "Update an integration account",
  method: "patch",
  path: "/api/integrations/accounts/{id}",
  permission: "integrations.manage",
  params: AccountPath,
  body: UpdateIntegrationAccount,
  response: IntegrationAccount,
  problems: [accountNotFound, accountExists, accountConfigInvalid, channelRefused, channelUnavailable, divisionUnknown],
  handle: ({ ctx, params, body }) => updateAccount(ctx, params.id, body),
});

export async function updateAccount(ctx: Ctx, id: string, input: z.infer<typeof UpdateIntegrationAccount>): Promise<IntegrationAccount> {
  const before = await loadAccount(ctx, id);
  await requireDivision(ctx, input.division_id);
  const adapter = adapterOf(before.channel)!;
  const plainBefore = await openConfig(ctx.config, adapter, id, before.config);
  const plain = input.config ? parseConfig(adapter, mergeConfig(plainBefore, input.config)) : plainBefore;
  const externalId = adapter.accountId(plain);
  // A conversation belongs to its account, and an account is its number: another number is another account.
  if (externalId !== adapter.accountId(plainBefore)) {
    throw accountConfigInvalid(undefined, { errors: [{ field: "config", message: "the account itself cannot be exchanged; create another" }] });
  }
  const changedConfig = JSON.stringify(plain) !== JSON.stringify(plainBefore);
  const after: AccountRow = {
    ...before,
    accountKey: before.channel === "whatsapp" ? before.accountKey : (input.account_key ?? before.accountKey),
    displayName: input.display_name ?? before.displayName,
    isActive: input.is_active ?? before.isActive,
    isDefault: input.is_default ?? before.isDefault,
    divisionId: input.division_id === undefined ? before.divisionId : input.division_id,
    config: changedConfig ? await sealConfig(ctx.config, adapter, id, plain) : before.config,
    // New secrets are a new beginning; connecting proves them.
    ...(changedConfig && { health: "connected" as const, healthDetail: null }),
    updatedAt: ctx.now(),
  };
  if (changedConfig) await connectAtChannel(ctx, adapter, plain);
  if (changedConfig || after.isActive !== before.isActive || after.divisionId !== before.divisionId) {
    if (!(await claimRoute(ctx, after, { externalId, businessId: adapter.businessId(plain) }))) throw accountExists();
  }
  const { orgId: _, id: __, ...values } = after;
  await commit(ctx, {
    write: [
      ...(after.isDefault && !before.isDefault
        ? [ctx.db.sql("UPDATE integration_accounts SET is_default = 0 WHERE org_id = ?1 AND channel = ?2 AND is_default = 1", after.channel)]
        : []),
      ctx.db.update(integrationAccounts, values, eq(integrationAccounts.id, id)),
    ],
    activity: {
      action: "integration.update",
      entityType: "integration_account",
      entityId: id,
      changes: {
        ...changesBetween(
          { display_name: before.displayName, is_active: before.isActive, is_default: before.isDefault, division_id: before.divisionId },
          { display_name: after.displayName, is_active: after.isActive, is_default: after.isDefault, division_id: after.divisionId },
        ),
        ...(changedConfig && { config: ["(hidden)", "(changed)"] }),
      },
    },
  });
  // What came while it was switched off.
  if (after.isActive && !before.isActive) ctx.background(replayUnrouted(ctx, after.channel, externalId));
  return toIntegrationAccount(ctx, after);
}
