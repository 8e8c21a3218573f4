import { area, can, everyone } from "../../domain/operation";

export const workingHours = area({
  tag: "Working Hours",
  description: "Opening hours, holidays, and the organization's timezone",
  routes: {
    "GET /api/working-hours": can("settings.view", () => import("./list")),
    "PUT /api/working-hours": can("settings.manage", () => import("./set")),
    "GET /api/working-hours/holidays": can("settings.view", () => import("./list-holidays")),
    "POST /api/working-hours/holidays": can("settings.manage", () => import("./create-holiday")),
    "PATCH /api/working-hours/holidays/{id}": can("settings.manage", () => import("./update-holiday")),
    "DELETE /api/working-hours/holidays/{id}": can("settings.manage", () => import("./remove-holiday")),
    "GET /api/divisions/{id}/working-hours": can("settings.view", () => import("./list-division")),
    "PUT /api/divisions/{id}/working-hours": can("settings.manage", () => import("./set-division")),
    "DELETE /api/divisions/{id}/working-hours": can("settings.manage", () => import("./remove-division")),
    "GET /api/settings/timezone": can("settings.view", () => import("./get-timezone")),
    "PUT /api/settings/timezone": can("settings.manage", () => import("./set-timezone")),
    "GET /api/public/{slug}/working-hours/status": everyone(() => import("./status")),
  },
});
