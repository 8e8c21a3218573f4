import { happened } from "../../domain/event";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { AccountPath, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountNotFound } from "./problems";
import { loadAccount, noDefault } from "./store";

export default operation({
  id: "setDefaultIntegrationAccount",
  summary: "Set an integration account as the default for its channel",
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
      noDefault(ctx, row.channel),
      ctx.db.update("integration_accounts", { id }, { is_default: true, updated_at: ctx.now() }),
    ],
    events: [happened("account.made_default", id)],
  });
  return toIntegrationAccount(ctx, { ...row, isDefault: true, updatedAt: ctx.now() });
}
