import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { allGone, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { dropRoute } from "./claim-route";
import { AccountPath } from "./model";
import { accountNotFound } from "./problems";
import { loadAccount } from "./store";
import { integrationAccounts } from "./table";

const Removed = z.object({ message: z.string(), account_id: z.uuid() });

export default operation({
  id: "deleteIntegrationAccount",
  summary: "Delete an integration account",
  description:
    "Its conversations stay readable, but nothing can be sent in them. If the number is connected again, they continue.",
  params: AccountPath,
  response: Removed,
  problems: [accountNotFound],
  handle: ({ ctx, params }) => removeAccount(ctx, params.id),
});

export async function removeAccount(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const row = await loadAccount(ctx, id);
  await dropRoute(ctx, id);
  await commit(ctx, {
    write: [
      // Every channel with accounts has a default: the oldest remaining account becomes it if this one was.
      ctx.db.sql("UPDATE integration_accounts SET is_default = 0 WHERE org_id = ?1 AND id = ?2 AND is_default = 1", id),
      ctx.db.sql(
        `UPDATE integration_accounts SET is_default = 1 WHERE org_id = ?1 AND channel = ?2
         AND NOT EXISTS (SELECT 1 FROM integration_accounts WHERE org_id = ?1 AND channel = ?2 AND is_default = 1)
         AND id = (SELECT id FROM integration_accounts WHERE org_id = ?1 AND channel = ?2 AND id <> ?3 ORDER BY created_at LIMIT 1)`,
        row.channel,
        id,
      ),
      ctx.db.delete(integrationAccounts, eq(integrationAccounts.id, id)),
    ],
    events: [
      happened(
        "account.removed",
        id,
        allGone({
          channel: row.channel,
          account_key: row.accountKey,
          display_name: row.displayName,
          division_id: row.divisionId,
          is_active: row.isActive,
          is_default: row.isDefault,
        }),
      ),
    ],
    mustChange: true,
  });
  return { message: "integration account deleted", account_id: id };
}
