import { hostile } from "../walks/hostile-words";
import { created, type Fixture, made, next, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    /** A role that nobody has. */
    roleId: string;
  }
}

export const roles: Fixture = {
  races: {
    updateRole: async (org) => ({
      path: await made(org, "/api/roles", { name: `raced ${next()}`, permissions: [] }),
      body: { permissions: ["contacts.view"] },
      gone: "role_not_found",
    }),
  },
  make: async ({ org, marker }) => {
    const { body } = await org.call("POST", "/api/roles", { name: `role ${marker}`, permissions: ["contacts.view"] });
    return { roleId: body.id };
  },
  recipes: {
    listRoles: { asks: () => [{}], stranger: ownOnly },
    createRole: { asks: () => [{ body: { name: `new role ${next()}`, permissions: [] } }], stranger: created },
    getRole: { asks: (t) => [{ params: { id: t.roleId } }], stranger: 404 },
    deleteRole: { asks: (t) => [{ params: { id: t.roleId } }], stranger: 404 },
    updateRole: {
      asks: (t) => [{ params: { id: t.roleId }, body: { name: `mine ${next()}`, permissions: [] } }],
      stranger: 404,
    },
    listPermissions: { asks: () => [{}], stranger: ownOnly },
  },
  pool: async (t) => {
    const { body } = await t.org.call("GET", "/api/roles");
    const agentRole: string = body.find((role: any) => role.name === "agent").id;
    // One that can be deleted, and, more often, one that cannot.
    return { "id Roles": [t.roleId, ...Array.from({ length: 4 }, () => agentRole)] };
  },
  together: () => ({
    updateRole: hostile.filter((word) => word.length <= 500).map((description) => ({ description })),
  }),
};
