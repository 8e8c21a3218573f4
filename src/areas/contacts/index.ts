import { area, can } from "../../domain/operation";

export const contacts = area({
  tag: "Contacts",
  description: "The customers",
  routes: {
    "GET /api/contacts": can("contacts.view", () => import("./list")),
    "POST /api/contacts": can("contacts.update", () => import("./create")),
    "GET /api/contacts/{id}": can("contacts.view", () => import("./get")),
    "PATCH /api/contacts/{id}": can("contacts.update", () => import("./update")),
    "GET /api/contacts/{id}/export": can("privacy.manage", () => import("./export")),
    "POST /api/contacts/{id}/merge": can("contacts.update", () => import("./merge")),
    "GET /api/contacts/{id}/conversations": can("contacts.view", () => import("./conversations")),
  },
});
