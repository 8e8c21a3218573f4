import { area, operator } from "../../domain/operation";

export const operatorArea = area({
  tag: "Operator",
  description: "For those who run the deployment: dead letters and parked deliveries",
  routes: {
    "GET /operator/dead-letters": operator(() => import("./list-dead")),
    "POST /operator/dead-letters/replay": operator(() => import("./replay-dead")),
    "GET /operator/parked": operator(() => import("./parked")),
  },
});
