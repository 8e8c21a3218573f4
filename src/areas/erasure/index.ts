import { area, can } from "../../domain/operation";

/** Reaches everything that says something of a person, which contacts need not know (docs/adr/0025). */
export const erasure = area({
  tag: "Erasure",
  description: "A person is erased from everything; a record of it stays",
  routes: {
    "DELETE /api/contacts/{id}": can("privacy.manage", () => import("./erase")),
    "GET /api/contacts/{id}/erasure": can("privacy.manage", () => import("./get-erasure")),
  },
});
