import { area, can } from "../../domain/operation";

export const sla = area({
  tag: "SLA",
  description: "Response and resolution targets, and breaches",
  routes: {
    "GET /api/sla/policies": can("sla.view", () => import("./list")),
    "POST /api/sla/policies": can("sla.manage", () => import("./create")),
    "DELETE /api/sla/policies/{id}": can("sla.manage", () => import("./remove")),
    "PATCH /api/sla/policies/{id}": can("sla.manage", () => import("./update")),
    "GET /api/sla/policies/{id}/breaches": can("sla.view", () => import("./breaches")),
    "GET /api/conversations/{id}/sla": can("conversations.view", () => import("./conversation")),
  },
});
