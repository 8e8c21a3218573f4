import type { Ctx } from "../../domain/context";
import type { Permission } from "../../domain/permissions";
import { roleBeyondCaller } from "./problems";

/**
 * A caller may grant or revoke only permissions that the caller has; otherwise managing roles would imply every
 * permission. Throws `role_beyond_caller`.
 */
export function requireOwnRights(ctx: Ctx, codes: readonly Permission[]): void {
  const beyond = codes.filter((code) => !ctx.actor.permissions.has(code));
  if (beyond.length > 0) throw roleBeyondCaller(`you lack ${beyond.join(", ")}`);
}
