import { operation } from "../../kit/operation";
import { AccountPath, IntegrationAccount, toIntegrationAccount } from "./model";
import { accountNotFound } from "./problems";
import { loadAccount } from "./store";

export const get = operation({
  id: "getIntegrationAccount",
  tag: "Integrations",
  summary: "Get an integration account by ID",
  method: "get",
  path: "/api/integrations/accounts/{id}",
  permission: "integrations.view",
  params: AccountPath,
  response: IntegrationAccount,
  problems: [accountNotFound],
  handle: async ({ ctx, params }) => toIntegrationAccount(ctx, await loadAccount(ctx, params.id)),
});
