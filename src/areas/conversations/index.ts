import { area, can } from "../../domain/operation";

export const conversations = area({
  tag: "Conversations",
  description: "List, assign, tag and resolve conversations",
  routes: {
    "GET /api/conversations": can("conversations.view", () => import("./list")),
    "GET /api/conversations/counts": can("conversations.view", () => import("./count")),
    "POST /api/conversations/bulk-jobs": can("conversations.view", () => import("./start-bulk-job")),
    "GET /api/conversations/bulk-jobs": can("conversations.view", () => import("./list-bulk-jobs")),
    "GET /api/conversations/bulk-jobs/{id}": can("conversations.view", () => import("./get-bulk-job")),
    "DELETE /api/conversations/bulk-jobs/{id}": can("conversations.view", () => import("./cancel-bulk-job")),
    "GET /api/conversations/{id}": can("conversations.view", () => import("./get")),
    "PATCH /api/conversations/{id}/assign": can("conversations.assign", () => import("./assign")),
    "PATCH /api/conversations/{id}/status": can("conversations.update", () => import("./status")),
    "POST /api/conversations/{id}/read": can("conversations.update", () => import("./read")),
    "POST /api/conversations/{id}/unread": can("conversations.update", () => import("./unread")),
    "POST /api/conversations/expire": can("conversations.expire", () => import("./expire")),
    "PATCH /api/conversations/{id}/tags": can("conversations.update", () => import("./tags")),
    "POST /api/conversations/{id}/takeover": can("conversations.takeover", () => import("./takeover")),
    "POST /api/conversations/bulk": can("conversations.view", () => import("./bulk")),
  },
});
