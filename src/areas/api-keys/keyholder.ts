import type { Ctx } from "../../domain/context";
import { requireRight } from "../../domain/operation";

/** A session may see and revoke its agent's keys whatever its role; a key only with the right that keys are about. */
export function requireKeyholder(ctx: Ctx): void {
  if (ctx.actor.kind !== "agent") requireRight(ctx, "developer.access");
}
