import { area, can } from "../../domain/operation";

export const messages = area({
  tag: "Messages",
  description: "Send, list and search messages",
  routes: {
    "POST /api/conversations": can("messages.send", () => import("./start")),
    "GET /api/conversations/{id}/messages": can("conversations.view", () => import("./list")),
    "POST /api/conversations/{id}/messages": can("messages.send", () => import("./send")),
    "GET /api/messages/search": can("messages.search", () => import("./search")),
  },
});
