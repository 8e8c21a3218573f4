import { area, can, signedIn } from "../../domain/operation";

export const workspace = area({
  tag: "Workspace",
  description: "An agent's own data on every device: saved views, drafts and preferences",
  routes: {
    "GET /api/saved-views": can("conversations.view", () => import("./list-views")),
    "POST /api/saved-views": can("conversations.view", () => import("./create-view")),
    "PATCH /api/saved-views/{id}": can("conversations.view", () => import("./update-view")),
    "DELETE /api/saved-views/{id}": can("conversations.view", () => import("./remove-view")),
    "GET /api/drafts": can("conversations.view", () => import("./list-drafts")),
    "PUT /api/conversations/{id}/draft": can("conversations.view", () => import("./save-draft")),
    "GET /api/preferences": signedIn(() => import("./get-preferences")),
    "PATCH /api/preferences": signedIn(() => import("./update-preferences")),
  },
});
