import type { Channel } from "../../channels/channel";
import type { PublicCtx } from "../../kit/context";

/** Updates for accounts without an active route wait in `parked_updates` until an account gets one. */

/** SQL that is true if the account (?3 its channel, ?4 its id) has an active route. */
export const HAS_ROUTE =
  "EXISTS (SELECT 1 FROM channel_routes WHERE channel = ?3 AND external_id = ?4 AND is_active = 1)";

/** Part of the batch that writes an account's route: makes its parked updates due if the route is active. */
export const unroutedIsDue = (ctx: PublicCtx, channel: Channel, account: string): D1PreparedStatement =>
  ctx.control
    .prepare(
      `UPDATE parked_updates SET reason = 'busy', attempts = 0, next_at = ?1 WHERE reason = ?2 AND channel = ?3 AND account = ?4 AND ${HAS_ROUTE}`,
    )
    .bind(ctx.now(), "unrouted", channel, account);

/** Delivers the due updates now; if the message is lost, the next minute's sweep does. */
export const wakeParked = async (ctx: PublicCtx): Promise<void> => void (await ctx.env.PARKED.send({ kind: "parked" }));
