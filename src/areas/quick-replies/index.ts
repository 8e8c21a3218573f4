import { area, can } from "../../domain/operation";

export const quickReplies = area({
  tag: "Quick Replies",
  description: "Prepared answers with variables, imported and exported as CSV",
  routes: {
    "GET /api/quick-replies": can("quick_replies.view", () => import("./list")),
    "POST /api/quick-replies": can("quick_replies.manage", () => import("./create")),
    "GET /api/quick-replies/export": can("quick_replies.view", () => import("./export")),
    "POST /api/quick-replies/import": can("quick_replies.manage", () => import("./import")),
    "PATCH /api/quick-replies/{id}": can("quick_replies.manage", () => import("./update")),
    "DELETE /api/quick-replies/{id}": can("quick_replies.manage", () => import("./remove")),
    "POST /api/quick-replies/{id}/use": can("quick_replies.view", () => import("./use")),
    "POST /api/quick-replies/{id}/favorite": can("quick_replies.view", () => import("./favorite")),
    "DELETE /api/quick-replies/{id}/favorite": can("quick_replies.view", () => import("./unfavorite")),
  },
});
