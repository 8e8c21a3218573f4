import { area, operator } from "../../domain/operation";

export const operatorArea = area({
  tag: "Operator",
  description: "For those who run the deployment: dead letters, parked deliveries and sweeps",
  routes: {
    "GET /operator/dead-letters": operator(() => import("./list-dead")),
    "POST /operator/dead-letters/replay": operator(() => import("./replay-dead")),
    "GET /operator/parked": operator(() => import("./parked")),
    "GET /operator/sweeps": operator(() => import("./list-sweeps")),
  },
});
