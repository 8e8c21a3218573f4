import type { Ctx } from "../../domain/context";
import type { Permission } from "../../domain/permissions";
import { roleBeyondCaller } from "./problems";

/** Whoever may make roles could otherwise make one that may everything, or take everything from those above. */
export function requireOwnRights(ctx: Ctx, codes: readonly Permission[]): void {
  const beyond = codes.filter((code) => !ctx.actor.permissions.has(code));
  if (beyond.length > 0) throw roleBeyondCaller(`you lack ${beyond.join(", ")}`);
}
