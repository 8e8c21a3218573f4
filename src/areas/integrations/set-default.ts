import { commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { AccountPath, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountNotFound } from "./problems";
import { loadAccount } from "./store";

export const setDefault = operation({
  id: "setDefaultIntegrationAccount",
  tag: "Integrations",
  summary: "Set an integration account as the default for its channel",
  method: "post",
  path: "/api/integrations/accounts/{id}/default",
  permission: "integrations.manage",
  params: AccountPath,
  response: IntegrationAccount,
  problems: [accountNotFound],
  handle: ({ ctx, params }) => setDefaultAccount(ctx, params.id),
});

export async function setDefaultAccount(ctx: Ctx, id: string): Promise<IntegrationAccount> {
  const row = await loadAccount(ctx, id);
  if (row.isDefault) return toIntegrationAccount(ctx, row);
  await commit(ctx, {
    write: [
      ctx.db.sql("UPDATE integration_accounts SET is_default = 0 WHERE org_id = ?1 AND channel = ?2 AND is_default = 1", row.channel),
      ctx.db.sql("UPDATE integration_accounts SET is_default = 1, updated_at = ?3 WHERE org_id = ?1 AND id = ?2", id, ctx.now()),
    ],
    activity: { action: "integration.set_default", entityType: "integration_account", entityId: id },
  });
  return toIntegrationAccount(ctx, { ...row, isDefault: true, updatedAt: ctx.now() });
}
