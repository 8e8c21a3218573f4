import { area, can } from "../../domain/operation";

export const transfers = area({
  tag: "Transfers",
  description: "Hand a conversation to another agent or division",
  routes: {
    "POST /api/conversations/{id}/transfer": can("conversations.transfer", () => import("./transfer")),
    "GET /api/conversations/{id}/transfers": can("conversations.view", () => import("./list")),
  },
});
