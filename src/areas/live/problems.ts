import { defineProblem } from "../../kit/problem";

export const upgradeRequired = defineProblem({
  code: "upgrade_required",
  status: 426,
  title: "A WebSocket upgrade is required",
});
