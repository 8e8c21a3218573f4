import { area, signedIn } from "../../domain/operation";

export const push = area({
  tag: "Push",
  description: "Notifications of an agent's browsers while no page is open (Web Push)",
  routes: {
    "GET /api/push/key": signedIn(() => import("./get-key")),
    "GET /api/push/subscriptions": signedIn(() => import("./list")),
    "POST /api/push/subscriptions": signedIn(() => import("./subscribe")),
    "DELETE /api/push/subscriptions/{id}": signedIn(() => import("./unsubscribe")),
  },
});
