import { area, can } from "../../domain/operation";

export const campaignSettings = area({
  tag: "Campaign Settings",
  description: "When and how often campaigns may write, words of consent, and prices",
  routes: {
    "GET /api/settings/campaigns": can("settings.view", () => import("./get")),
    "PATCH /api/settings/campaigns": can("settings.manage", () => import("./update")),
  },
});
