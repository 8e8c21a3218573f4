import { z } from "@hono/zod-openapi";
import { uuidV5 } from "../../kit/id";
import { idPath } from "../../kit/id-path";
import { isPermission, type Permission as Code, permissionDescription } from "../../domain/permissions";

export const RolePath = idPath("role");

export const Role = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    is_system: z.boolean().openapi({ description: "System roles cannot be renamed or deleted" }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .openapi("Role");

export const RoleWithPermissions = Role.extend({
  permissions: z.array(z.string()).openapi({ description: "Codes of the role's permissions" }),
}).openapi("RoleWithPermissions");
export type RoleWithPermissions = z.infer<typeof RoleWithPermissions>;

export const Permission = z
  .object({
    id: z.uuid(),
    code: z.string().openapi({ example: "campaigns.manage" }),
    name: z.string(),
    description: z.string(),
    category: z.string(),
  })
  .openapi("Permission");
export type Permission = z.infer<typeof Permission>;

export const RoleName = z
  .string()
  .trim()
  .toLowerCase()
  .min(1)
  .max(100)
  .openapi({ description: "Stored in lower case; must not be the name of a system role" });
export const RoleDescription = z.string().trim().max(500);
/** Codes of the catalogue; an unknown code is refused by name, not dropped. */
export const PermissionCodes = z
  .array(z.string().refine(isPermission, "the permission does not exist"))
  .max(100)
  .transform((codes) => [...new Set(codes)].sort() as Code[]);

export interface RoleRow {
  id: string;
  name: string;
  description: string;
  is_system: number;
  permissions: string;
  created_at: number;
  updated_at: number;
}

export function toRole(row: RoleRow): RoleWithPermissions {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    is_system: row.is_system === 1,
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
    permissions: JSON.parse(row.permissions) as string[],
  };
}

const CATALOGUE_NAMESPACE = "6f6d6e69-7374-5265-b16d-7065726d6973";

export function toPermission(code: Code): Permission {
  const [category = "", action = ""] = code.split(".");
  const words = (text: string): string => text.replaceAll("_", " ");
  const name = `${words(action)} ${words(category)}`;
  return {
    id: uuidV5(CATALOGUE_NAMESPACE, code),
    code,
    name: name[0]!.toUpperCase() + name.slice(1),
    description: permissionDescription(code),
    category,
  };
}
