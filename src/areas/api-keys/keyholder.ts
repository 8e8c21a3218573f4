import type { Ctx } from "../../domain/context";
import { requireRight } from "../../domain/operation";

/**
 * A session may list and revoke its agent's keys without any right; an API key needs `developer.access`. Throws
 * `forbidden`.
 */
export function requireKeyholder(ctx: Ctx): void {
  if (ctx.actor.kind !== "agent") requireRight(ctx, "developer.access");
}
