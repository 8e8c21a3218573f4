import { area, everyone } from "../../domain/operation";

export const health = area({
  tag: "Health",
  description: "Whether the deployment works",
  routes: {
    "GET /health": everyone(() => import("./check")),
  },
});
