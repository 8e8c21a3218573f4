import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { PERMISSIONS } from "../../domain/permissions";
import { Permission, toPermission } from "./model";

export default operation({
  id: "listPermissions",
  summary: "List all available permissions",
  description: "Sorted by category and code.",
  response: z.array(Permission),
  handle: async () => PERMISSIONS.toSorted().map(toPermission),
});
