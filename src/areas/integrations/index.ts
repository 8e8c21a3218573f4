import { area, can } from "../../domain/operation";

export const integrations = area({
  tag: "Integrations",
  description: "Connected channel accounts, and the logins that connect them",
  routes: {
    "GET /api/integrations": can("integrations.view", () => import("./list-channels")),
    "PUT /api/integrations/{channel}": can("integrations.manage", () => import("./set-channel")),
    "DELETE /api/integrations/{channel}": can("integrations.manage", () => import("./remove-channel")),
    "GET /api/integrations/accounts": can("integrations.view", () => import("./list")),
    "POST /api/integrations/accounts": can("integrations.manage", () => import("./create")),
    "GET /api/integrations/accounts/{id}": can("integrations.view", () => import("./get")),
    "DELETE /api/integrations/accounts/{id}": can("integrations.manage", () => import("./remove")),
    "PATCH /api/integrations/accounts/{id}": can("integrations.manage", () => import("./update")),
    "POST /api/integrations/accounts/{id}/default": can("integrations.manage", () => import("./set-default")),
    "GET /api/integrations/accounts/{id}/health": can("integrations.view", () => import("./get-health")),
    "GET /api/integrations/whatsapp/embedded-signup": can("integrations.manage", () => import("./get-signup")),
    "POST /api/integrations/whatsapp/embedded-signup": can("integrations.manage", () => import("./complete-signup")),
    "GET /api/integrations/instagram/oauth": can("integrations.manage", () => import("./get-instagram-oauth")),
    "POST /api/integrations/instagram/oauth": can("integrations.manage", () => import("./connect-instagram")),
    "GET /api/integrations/messenger/oauth": can("integrations.manage", () => import("./get-messenger-oauth")),
    "POST /api/integrations/messenger/oauth": can("integrations.manage", () => import("./connect-messenger")),
    "POST /api/integrations/messenger/pages/subscribe": can("integrations.manage", () => import("./subscribe-pages")),
    "POST /api/integrations/messenger/pages/disconnect": can("integrations.manage", () => import("./disconnect-page")),
    "GET /api/integrations/messenger/persistent-menu": can("integrations.view", () => import("./get-menu")),
    "POST /api/integrations/messenger/persistent-menu": can("integrations.manage", () => import("./set-menu")),
    // Behind the path that has a word there: a channel's name must not take `accounts`.
    "GET /api/integrations/{channel}": can("integrations.view", () => import("./get-channel")),
  },
});
