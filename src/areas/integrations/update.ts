import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import type { ConnectedAccount, ConnectOptions } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { claimRoute, dropRoute, type RouteColumn } from "./claim-route";
import { maskConfig, mergeConfig, openConfig, sealConfig } from "./config-secrets";
import { AccountConfig, AccountPath, DisplayName, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountConfigInvalid, accountExists, accountNotFound, channelRefused, channelUnavailable } from "./problems";
import { reportedChanges, reportedColumns, reportedState, working } from "./reports";
import { accountKeyOf, connectAtChannel, loadAccount, noDefault, openAccount } from "./store";
import type { AccountRow } from "./table";
import { wakeParked } from "./unrouted";

export const UpdateIntegrationAccount = z
  .strictObject({
    account_key: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .openapi({ description: "For WhatsApp it is derived from `phone_number_id`; any other value is refused" }),
    display_name: DisplayName.optional(),
    is_active: z.boolean().optional().openapi({
      description: "If false, nothing is sent through the account and incoming updates wait until it is active",
    }),
    is_default: z
      .literal(true)
      .optional()
      .openapi({ description: "Makes it the default account of its channel, in place of the previous one" }),
    division_id: z
      .uuid()
      .nullable()
      .optional()
      .openapi({ description: "The division of the account's new conversations; null for none" }),
    config: AccountConfig.optional().openapi({
      description: "Merged into the existing configuration; a masked value keeps the stored one",
    }),
  })
  .openapi("UpdateIntegrationAccount");

export default operation({
  id: "updateIntegrationAccount",
  summary: "Update an integration account",
  params: AccountPath,
  body: UpdateIntegrationAccount,
  response: IntegrationAccount,
  problems: [
    changedMeanwhile,
    accountNotFound,
    accountExists,
    accountConfigInvalid,
    channelRefused,
    channelUnavailable,
    divisionUnknown,
  ],
  handle: ({ ctx, params, body }) => updateAccount(ctx, params.id, body),
});

export async function updateAccount(
  ctx: Ctx,
  id: string,
  input: z.infer<typeof UpdateIntegrationAccount>,
  options?: ConnectOptions,
): Promise<IntegrationAccount> {
  const before = await loadAccount(ctx, id);
  await requireKnownDivision(ctx, input.division_id);
  const adapter = adapterOf(before.channel)!;
  const plainBefore = await openConfig(ctx.config, adapter, id, before.config);
  const plain = input.config ? mergeConfig(plainBefore, input.config) : plainBefore;
  const account = openAccount(ctx, adapter, plain);
  // Conversations belong to an account and its number, so another number must be another account.
  if (input.config && account.externalId !== openAccount(ctx, adapter, plainBefore).externalId) {
    throw accountConfigInvalid(undefined, {
      errors: [
        { field: "config", message: "the account cannot be replaced by another one; create a new integration account" },
      ],
    });
  }
  const changedConfig = JSON.stringify(plain) !== JSON.stringify(plainBefore);
  const { display_name, is_active, is_default, division_id } = input;
  const account_key = input.account_key && accountKeyOf(adapter, account.externalId, input.account_key);
  const shown = await toIntegrationAccount(ctx, before);
  const config = changedConfig ? await sealConfig(ctx.config, adapter, id, plain) : before.config;
  // New secrets must be accepted by the channel. The unchanged secrets of a failing account are a retry.
  const isRetry = input.config !== undefined && before.health !== "connected";
  const connected =
    changedConfig || isRetry ? connectedRow(before, await connectAtChannel(account, options)) : undefined;
  // Also written if nothing changes: an earlier call may have failed between the two databases.
  const asked: RouteColumn[] = [
    ...(is_active === undefined ? [] : (["is_active"] as const)),
    ...(division_id === undefined ? [] : (["division_id"] as const)),
    ...(input.config === undefined ? [] : (["business_id", "app_secret"] as const)),
  ];
  if (asked.length > 0) {
    const changed = {
      ...before,
      isActive: is_active ?? before.isActive,
      divisionId: division_id === undefined ? before.divisionId : division_id,
      config,
    };
    if (!(await claimRoute(ctx, changed, account, asked))) throw accountExists();
  }
  const { after } = await changeRow(ctx, {
    table: "integration_accounts",
    id,
    before: shown,
    input: { account_key, display_name, is_active, is_default, division_id },
    columns: () => ({
      ...(changedConfig && {
        config,
        ...(account.verifyToken && { verify_token: account.verifyToken }),
      }),
      // A retry that succeeds ends what a dead token began: it is renewed again.
      ...(connected && { ...reportedColumns(connected), renew_at: account.renewAt ?? null }),
    }),
    alsoChanged: {
      ...(connected && reportedChanges(before, connected, ctx.now())),
      ...(changedConfig && { config: ["(hidden)", "(changed)"] }),
    },
    event: (changed) => happened("account.updated", id, changed),
    // The configuration was merged into the one that was read, and the route must match this row.
    ...(asked.length > 0 && { decidedBy: { updated_at: before.updatedAt } }),
    first: (changes) => ("is_default" in changes ? [noDefault(ctx, before.channel)] : []),
    taken: { column: "integration_accounts.account_key", problem: accountExists },
    missing: accountNotFound,
  }).catch(async (error: unknown) => {
    // After a conflict the update runs again. If the account was deleted, the route that was written above must go too.
    await loadAccount(ctx, id).catch(async (missing: unknown) => {
      await dropRoute(ctx, id);
      throw missing;
    });
    throw error;
  });
  if (is_active) ctx.background(wakeParked(ctx));
  return {
    ...after,
    ...(changedConfig && { config: maskConfig(adapter, plain) }),
    ...(connected && reportedState(connected, ctx.now())),
  };
}

/** The account after the channel has accepted it. Fields that the channel does not report keep their values. */
const connectedRow = (before: AccountRow, reported: ConnectedAccount): AccountRow => ({
  ...working(before),
  ...reported,
});
