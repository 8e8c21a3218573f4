import { area, can } from "../../domain/operation";

export const csat = area({
  tag: "CSAT",
  description: "Satisfaction surveys and their results",
  routes: {
    "GET /api/conversations/{id}/csat": can("conversations.view", () => import("./get")),
    "POST /api/conversations/{id}/csat": can("csat.manage", () => import("./request")),
    "GET /api/settings/csat": can("settings.view", () => import("./get-settings")),
    "PATCH /api/settings/csat": can("settings.manage", () => import("./update-settings")),
    "GET /api/csat/analytics": can("csat.view", () => import("./analytics")),
    "PATCH /api/csat/{id}": can("csat.manage", () => import("./rate")),
  },
});
