import type { AccountChange, Channel } from "../../channels/channel";
import type { PublicCtx } from "../../kit/context";
import { systemContext } from "../access/authenticate";
import { changeState } from "./change-state";
import { withReport } from "./reports";
import type { AccountRow } from "./table";

interface RouteRow {
  org_id: string;
  account_id: string;
  external_id: string;
  tenant_db: string;
}

/**
 * Applies a channel's reports to the accounts of any tenant that they are about. Idempotent, in any order: the newest
 * report of each aspect counts. `at`: the channel's time, if it gives one. Returns whether there is such an account.
 */
export async function changeAccounts(
  ctx: PublicCtx,
  channel: Channel,
  change: AccountChange,
  at: number | undefined,
): Promise<boolean> {
  // SQLite would read all routes of the channel for an owner.
  const [table, column, id] =
    "account" in change
      ? ["channel_routes", "external_id", change.account]
      : ["channel_routes INDEXED BY idx_channel_routes_business_id", "business_id", change.owner];
  const { results } = await ctx.control
    .prepare(`SELECT org_id, account_id, external_id, tenant_db FROM ${table} WHERE channel = ? AND ${column} = ?`)
    .bind(channel, id)
    .all<RouteRow>();
  const named = results.filter(({ external_id }) => (change.externalId ?? external_id) === external_id);
  let isKnown = false;
  await Promise.all(
    named.map(({ org_id: orgId, tenant_db: tenantDb, account_id: accountId }) =>
      changeState(systemContext(ctx, { id: orgId, tenantDb }), accountId, (row) => {
        if (!isAbout(row, change, results.length)) return row;
        isKnown = true;
        return change.reports.reduce((each, report) => withReport(each, report, at, ctx.now()), row);
      }),
    ),
  );
  return isKnown;
}

/**
 * Whether the account has the number of the change. It is known only if the channel reported it when the account was
 * connected; otherwise the account is meant if it is the owner's only one.
 */
const isAbout = ({ displayNumber }: AccountRow, { number }: AccountChange, accounts: number): boolean =>
  number === undefined || (displayNumber === null ? accounts === 1 : displayNumber === number);
