import { area, can } from "../../domain/operation";

export const contacts = area({
  tag: "Contacts",
  description: "The customers",
  routes: {
    "GET /api/contacts": can("contacts.view", () => import("./list")),
    "GET /api/contacts/{id}": can("contacts.view", () => import("./get")),
    "PATCH /api/contacts/{id}": can("contacts.update", () => import("./update")),
    "GET /api/contacts/{id}/conversations": can("contacts.view", () => import("./conversations")),
  },
});
