import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { channelRefused, channelUnavailable, whatsappAccountNotFound } from "../integrations/problems";
import { accountIdOf, whatsappAccountIds } from "./accounts";
import { templateProblemOf } from "./problems";
import { syncAccounts } from "./sync-accounts";

const SyncWaTemplates = z
  .strictObject({
    integration_account_id: z
      .uuid()
      .optional()
      .openapi({ description: "Only this account's business account; by default those of all WhatsApp accounts" }),
  })
  .openapi("SyncWaTemplates");

const Result = z
  .object({
    message: z.string(),
    total_from_meta: z.int().openapi({ description: "Templates that Meta has" }),
    synced: z.int().openapi({ description: "Templates that were new or had changed" }),
    errors: z.array(z.string()).openapi({ description: "Accounts that could not be synced, and why" }),
  })
  .openapi("WaTemplateSync");

export default operation({
  id: "syncWaTemplates",
  summary: "Sync templates from Meta",
  description:
    "Reads all templates of the business accounts and takes over what is new or has changed. Templates that Meta no longer has become DELETED. May be repeated. From then on a template message is checked before it is sent.",
  body: SyncWaTemplates,
  response: Result,
  problems: [whatsappAccountNotFound, channelRefused, channelUnavailable],
  handle: ({ ctx, body }) => syncWaTemplates(ctx, body.integration_account_id),
});

/** Throws if not one account could be synced. */
export async function syncWaTemplates(ctx: Ctx, accountId: string | undefined): Promise<z.infer<typeof Result>> {
  const first = await accountIdOf(ctx, accountId);
  const ids = accountId === undefined ? await whatsappAccountIds(ctx) : [first];
  const { total, synced, errors, failures } = await syncAccounts(ctx, ids);
  if (failures.length === ids.length) throw templateProblemOf(failures[0]!);
  return {
    message: errors.length === 0 ? "templates synced" : "templates synced, but not of all accounts",
    total_from_meta: total,
    synced,
    errors,
  };
}
