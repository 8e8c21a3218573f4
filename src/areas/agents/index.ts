import { area, can, signedIn } from "../../domain/operation";

export const agents = area({
  tag: "Agents",
  description: "The people who answer",
  routes: {
    "GET /api/agents": can("agents.view", () => import("./list")),
    "POST /api/agents": can("agents.manage", () => import("./create")),
    "GET /api/agents/{id}": can("agents.view", () => import("./get")),
    "DELETE /api/agents/{id}": can("agents.manage", () => import("./remove")),
    "PATCH /api/agents/{id}": signedIn(() => import("./update")),
    "PATCH /api/agents/{id}/status": signedIn(() => import("./status")),
  },
});
