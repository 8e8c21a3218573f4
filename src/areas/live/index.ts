import { area, can } from "../../domain/operation";

export const live = area({
  tag: "Live",
  description: "WebSockets",
  routes: {
    "POST /api/live/tickets": can("conversations.view", () => import("./ticket")),
    "GET /api/live": can("conversations.view", () => import("./inbox")),
    "GET /api/conversations/{id}/live": can("conversations.view", () => import("./conversation")),
  },
});
