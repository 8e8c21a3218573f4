import { area, can } from "../../domain/operation";

export const divisions = area({
  tag: "Divisions",
  description: "Teams, and how their queues are assigned",
  routes: {
    "GET /api/divisions": can("divisions.view", () => import("./list")),
    "POST /api/divisions": can("divisions.manage", () => import("./create")),
    "GET /api/divisions/{id}": can("divisions.view", () => import("./get")),
    "DELETE /api/divisions/{id}": can("divisions.manage", () => import("./remove")),
    "PATCH /api/divisions/{id}": can("divisions.manage", () => import("./update")),
    "GET /api/divisions/{id}/agents": can("divisions.view", () => import("./list-agents")),
    "POST /api/divisions/{id}/agents": can("divisions.manage", () => import("./add-agents")),
    "DELETE /api/divisions/{id}/agents": can("divisions.manage", () => import("./remove-agents")),
    "GET /api/settings/routing": can("settings.view", () => import("./get-routing")),
    "PATCH /api/settings/routing": can("settings.manage", () => import("./update-routing")),
  },
});
