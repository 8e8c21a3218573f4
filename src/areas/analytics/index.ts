import { area, can } from "../../domain/operation";

export const analytics = area({
  tag: "Analytics",
  description: "Figures by day, agent, channel and division",
  routes: {
    "GET /api/analytics/overview": can("analytics.view", () => import("./overview")),
    "GET /api/analytics/trends": can("analytics.view", () => import("./trends")),
    "GET /api/analytics/agents": can("analytics.view", () => import("./agents")),
    "GET /api/analytics/channels": can("analytics.view", () => import("./channels")),
    "GET /api/analytics/csat": can("analytics.view", () => import("./csat")),
    "GET /api/analytics/whatsapp/messages": can("analytics.view", () => import("./whatsapp-messages")),
    "GET /api/analytics/whatsapp/conversations": can("analytics.view", () => import("./whatsapp-conversations")),
    "GET /api/analytics/whatsapp/templates": can("analytics.view", () => import("./whatsapp-templates")),
  },
});
