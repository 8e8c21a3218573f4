import { area, can } from "../../domain/operation";

export const campaigns = area({
  tag: "Campaigns",
  description: "Messages to many people, paced, with what becomes of each",
  routes: {
    "GET /api/campaigns": can("campaigns.view", () => import("./list")),
    "POST /api/campaigns": can("campaigns.manage", () => import("./create")),
    "GET /api/campaigns/{id}": can("campaigns.view", () => import("./get")),
    "PATCH /api/campaigns/{id}": can("campaigns.manage", () => import("./update")),
    "GET /api/campaigns/{id}/estimate": can("campaigns.view", () => import("./estimate")),
    "GET /api/campaigns/{id}/recipients": can("campaigns.view", () => import("./list-recipients")),
    "POST /api/campaigns/{id}/recipients": can("campaigns.manage", () => import("./add-recipients")),
    "POST /api/campaigns/{id}/recipients/csv": can("campaigns.manage", () => import("./upload-csv")),
    "GET /api/campaigns/{id}/recipients/export": can("campaigns.view", () => import("./export-recipients")),
    "GET /api/campaigns/{id}/imports": can("campaigns.view", () => import("./list-imports")),
    "GET /api/campaigns/{id}/imports/{import_id}/refused": can("campaigns.view", () => import("./list-refused")),
    "GET /api/campaigns/{id}/imports/{import_id}/refused/export": can(
      "campaigns.view",
      () => import("./export-refused"),
    ),
    "POST /api/campaigns/{id}/preview": can("campaigns.view", () => import("./preview")),
    "POST /api/campaigns/{id}/test": can("campaigns.manage", () => import("./send-test")),
    "POST /api/campaigns/{id}/duplicate": can("campaigns.manage", () => import("./duplicate")),
    "POST /api/campaigns/{id}/send": can("campaigns.manage", () => import("./send")),
    "POST /api/campaigns/{id}/pause": can("campaigns.manage", () => import("./pause")),
    "POST /api/campaigns/{id}/resume": can("campaigns.manage", () => import("./resume")),
    "POST /api/campaigns/{id}/retry": can("campaigns.manage", () => import("./retry-failed")),
    "POST /api/campaigns/{id}/cancel": can("campaigns.manage", () => import("./cancel")),
    "DELETE /api/campaigns/{id}": can("campaigns.manage", () => import("./remove")),
    "DELETE /api/campaigns/{id}/recipients": can("campaigns.manage", () => import("./clear-recipients")),
  },
});
