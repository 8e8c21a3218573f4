import { eq } from "drizzle-orm";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { commit, retryOnConflict } from "../../kit/commit";
import { reportedChanges, reportedColumns } from "./reports";
import { type AccountRow, integrationAccounts } from "./table";

/**
 * Writes what `decide` changes of the state that channels decide (reports.ts), logs it and reports it live. Does
 * nothing if it changes nothing, or the account is gone. `decide` may run again, with a later row.
 */
export const changeState = (ctx: Ctx, id: string, decide: (row: AccountRow) => AccountRow): Promise<void> =>
  retryOnConflict(async () => {
    const before = await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id));
    if (!before) return;
    const after = decide(before);
    if (after === before) return;
    const { config, health, reports } = before;
    const changes = reportedChanges(before, after, ctx.now());
    await commit(ctx, {
      write: [
        ctx.db.update(
          "integration_accounts",
          { id, config: JSON.stringify(config), health, reports: JSON.stringify(reports) },
          { ...reportedColumns(after), updated_at: ctx.now() },
        ),
      ],
      // A restriction that was over already is not shown.
      events: Object.keys(changes).length > 0 ? [happened("account.updated", id, changes)] : [],
      mustChange: true,
    });
  });
