import type { Ctx } from "../../domain/context";
import { forbidden } from "../../kit/problem";

/** Throws `forbidden` for an API key. */
export function requireSession(ctx: Ctx): void {
  if (ctx.actor.kind !== "agent") throw forbidden("an API key has no session");
}
