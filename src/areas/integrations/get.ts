import { operation } from "../../domain/operation";
import { AccountPath, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountNotFound } from "./problems";
import { loadAccount } from "./store";

export default operation({
  id: "getIntegrationAccount",
  summary: "Get an integration account by ID",
  params: AccountPath,
  response: IntegrationAccount,
  problems: [accountNotFound],
  handle: async ({ ctx, params }) => toIntegrationAccount(ctx, await loadAccount(ctx, params.id)),
});
