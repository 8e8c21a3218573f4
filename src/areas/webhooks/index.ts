import { area, can } from "../../domain/operation";

export const webhooks = area({
  tag: "Outgoing Webhooks",
  description: "Events sent to your own endpoints, signed as Standard Webhooks asks",
  routes: {
    "GET /api/webhooks": can("developer.access", () => import("./list")),
    "POST /api/webhooks": can("developer.access", () => import("./create")),
    "GET /api/webhooks/events": can("developer.access", () => import("./events")),
    "PATCH /api/webhooks/{id}": can("developer.access", () => import("./update")),
    "GET /api/webhooks/{id}/deliveries": can("developer.access", () => import("./deliveries")),
    "POST /api/webhooks/{id}/deliveries/{delivery_id}/resend": can("developer.access", () => import("./resend")),
    "GET /api/webhooks/{id}/statistics": can("developer.access", () => import("./statistics")),
    "POST /api/webhooks/{id}/test": can("developer.access", () => import("./test")),
    "POST /api/webhooks/{id}/recover": can("developer.access", () => import("./recover")),
    "POST /api/webhooks/{id}/rotate-secret": can("developer.access", () => import("./rotate-secret")),
    "DELETE /api/webhooks/{id}": can("developer.access", () => import("./remove")),
  },
});
