import { area, can, signedIn } from "../../domain/operation";

export const apiKeys = area({
  tag: "API Keys",
  description: "Keys for programs",
  routes: {
    "GET /api/api-keys": signedIn(() => import("./list")),
    "POST /api/api-keys": can("developer.access", () => import("./create")),
    "DELETE /api/api-keys/{id}": signedIn(() => import("./revoke")),
  },
});
