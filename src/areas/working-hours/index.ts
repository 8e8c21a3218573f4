import { area, can, everyone } from "../../domain/operation";

export const workingHours = area({
  tag: "Working Hours",
  description: "Opening hours, and the organization's timezone",
  routes: {
    "GET /api/working-hours": can("settings.view", () => import("./list")),
    "PUT /api/working-hours": can("settings.manage", () => import("./set")),
    "GET /api/divisions/{id}/working-hours": can("settings.view", () => import("./list-division")),
    "PUT /api/divisions/{id}/working-hours": can("settings.manage", () => import("./set-division")),
    "DELETE /api/divisions/{id}/working-hours": can("settings.manage", () => import("./remove-division")),
    "GET /api/settings/timezone": can("settings.view", () => import("./get-timezone")),
    "PUT /api/settings/timezone": can("settings.manage", () => import("./set-timezone")),
    "GET /api/public/{slug}/working-hours/status": everyone(() => import("./status")),
  },
});
