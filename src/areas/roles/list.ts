import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { RoleWithPermissions, type RoleRow, toRole } from "./model";

export default operation({
  id: "listRoles",
  summary: "List all roles with permissions",
  response: z.array(RoleWithPermissions),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<RoleRow>(
      "SELECT id, name, description, is_system, permissions, created_at, updated_at FROM roles WHERE org_id = ?1 ORDER BY is_system DESC, name",
    );
    return rows.map(toRole);
  },
});
