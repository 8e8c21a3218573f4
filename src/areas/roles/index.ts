import { area, can } from "../../domain/operation";

export const roles = area({
  tag: "Roles",
  description: "Roles and the permissions they give",
  routes: {
    "GET /api/roles": can("agents.view", () => import("./list")),
    "POST /api/roles": can("agents.manage", () => import("./create")),
    "GET /api/roles/{id}": can("agents.view", () => import("./get")),
    "DELETE /api/roles/{id}": can("agents.manage", () => import("./remove")),
    "PATCH /api/roles/{id}": can("agents.manage", () => import("./update")),
    "GET /api/permissions": can("agents.view", () => import("./permissions")),
  },
});
