import { area, can } from "../../domain/operation";

export const notes = area({
  tag: "Notes",
  description: "Internal notes on a conversation, with mentions",
  routes: {
    "GET /api/conversations/{id}/notes": can("notes.view", () => import("./list")),
    "POST /api/conversations/{id}/notes": can("notes.manage", () => import("./create")),
    "PATCH /api/conversations/{id}/notes/{note_id}": can("notes.manage", () => import("./update")),
    "DELETE /api/conversations/{id}/notes/{note_id}": can("notes.manage", () => import("./remove")),
  },
});
