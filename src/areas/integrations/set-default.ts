import { happened } from "../../domain/event";
import { changeRow } from "../../kit/change-row";
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
  const { after } = await changeRow(ctx, {
    table: "integration_accounts",
    id,
    before: await toIntegrationAccount(ctx, row),
    input: { is_default: true },
    event: (changed) => happened("account.made_default", id, changed),
    first: () => [noDefault(ctx, row.channel)],
    missing: accountNotFound,
  });
  return after;
}
