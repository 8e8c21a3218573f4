import { area, can } from "../../domain/operation";

export const integrations = area({
  tag: "Integrations",
  description: "Connected channel accounts",
  routes: {
    "GET /api/integrations/accounts": can("integrations.view", () => import("./list")),
    "POST /api/integrations/accounts": can("integrations.manage", () => import("./create")),
    "GET /api/integrations/accounts/{id}": can("integrations.view", () => import("./get")),
    "DELETE /api/integrations/accounts/{id}": can("integrations.manage", () => import("./remove")),
    "PATCH /api/integrations/accounts/{id}": can("integrations.manage", () => import("./update")),
    "POST /api/integrations/accounts/{id}/default": can("integrations.manage", () => import("./set-default")),
  },
});
