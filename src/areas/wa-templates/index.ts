import { area, can } from "../../domain/operation";

export const waTemplates = area({
  tag: "WA Templates",
  description: "WhatsApp message templates: create, sync with Meta, and their header files",
  routes: {
    "GET /api/wa-templates": can("templates.view", () => import("./list")),
    "POST /api/wa-templates": can("templates.manage", () => import("./create")),
    "POST /api/wa-templates/sync": can("templates.manage", () => import("./sync")),
    "GET /api/wa-templates/{id}": can("templates.view", () => import("./get")),
    "DELETE /api/wa-templates/{id}": can("templates.manage", () => import("./remove")),
    "PATCH /api/wa-templates/{id}/header-media": can("templates.manage", () => import("./header-media")),
  },
});
