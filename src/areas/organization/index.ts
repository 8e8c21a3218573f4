import { area, can } from "../../domain/operation";

export const organization = area({
  tag: "Organization",
  description: "What customers and agents know the organization by",
  routes: {
    "GET /api/settings/organization": can("settings.view", () => import("./get")),
    "PATCH /api/settings/organization": can("settings.manage", () => import("./update")),
  },
});
