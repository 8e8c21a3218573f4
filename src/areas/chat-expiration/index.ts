import { area, can } from "../../domain/operation";

export const chatExpiration = area({
  tag: "Chat Expiration",
  description: "The customer service window of each channel",
  routes: {
    "GET /api/chat-expiration": can("settings.view", () => import("./list")),
    "PUT /api/chat-expiration/{channel}": can("settings.manage", () => import("./set")),
  },
});
