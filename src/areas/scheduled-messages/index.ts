import { area, can } from "../../domain/operation";

export const scheduledMessages = area({
  tag: "Scheduled Messages",
  description: "Messages that are sent later",
  routes: {
    "POST /api/conversations/{id}/scheduled-messages": can("scheduled_messages.manage", () => import("./schedule")),
    "GET /api/conversations/{id}/scheduled-messages": can("scheduled_messages.manage", () => import("./list")),
    "DELETE /api/scheduled-messages/{id}": can("scheduled_messages.manage", () => import("./cancel")),
  },
});
