import type { Ctx } from "../../domain/context";
import { MINUTE } from "../../kit/clock";
import { syncAccounts } from "./sync-accounts";

/** How long a claim lasts; after a failure that may pass, the account is synced again then. */
const LEASE_MS = 10 * MINUTE;
const TEMPORARY = ["transient", "throttled", "ambiguous"];

/**
 * Syncs due accounts of one tenant. A concurrent run finds nothing to claim. Returns the number of claimed accounts.
 * Throws the first failure that is not the channel's, after all others are synced.
 */
export async function syncDueAccounts(ctx: Ctx, ids: readonly string[]): Promise<number> {
  const claimed = await ctx.db.query<{ id: string }>(
    `UPDATE wa_template_accounts SET due_at = ?4 WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND due_at <= ?3 RETURNING id`,
    JSON.stringify(ids),
    ctx.now(),
    ctx.now() + LEASE_MS,
  );
  const errors: unknown[] = [];
  for (const { id } of claimed) {
    try {
      const { failures } = await syncAccounts(ctx, [id]);
      // The owner has to act, and sees why on the account, or in the answer to the next sync.
      if (failures.some(({ failureClass }) => !TEMPORARY.includes(failureClass)))
        await ctx.db.sql("UPDATE wa_template_accounts SET due_at = NULL WHERE org_id = ?1 AND id = ?2", id).run();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return claimed.length;
}
