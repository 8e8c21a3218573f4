import type { Channel } from "../../channels/channel";
import type { PublicCtx } from "../../kit/context";

/** Updates that came while nobody had their account wait in `parked_updates`. What an account that gets a route does for them. */

/** SQL that is true if the account (?3 its channel, ?4 its id) is somebody's and active. */
export const HAS_ROUTE =
  "EXISTS (SELECT 1 FROM channel_routes WHERE channel = ?3 AND external_id = ?4 AND is_active = 1)";

/** A part of the batch that gives an account its route: what came before is due from then on, if the route is active. */
export const unroutedIsDue = (ctx: PublicCtx, channel: Channel, account: string): D1PreparedStatement =>
  ctx.control
    .prepare(
      `UPDATE parked_updates SET reason = 'busy', attempts = 0, next_at = ?1 WHERE reason = ?2 AND channel = ?3 AND account = ?4 AND ${HAS_ROUTE}`,
    )
    .bind(ctx.now(), "unrouted", channel, account);

/** Has what is due tried now. Without it the next minute does. */
export const wakeParked = async (ctx: PublicCtx): Promise<void> => void (await ctx.env.PARKED.send({ kind: "parked" }));
