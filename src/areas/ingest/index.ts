import { area, everyone } from "../../domain/operation";

export const ingest = area({
  tag: "Webhooks",
  description: "Where channels deliver",
  routes: {
    "GET /webhook": everyone(() => import("./verify")),
    "POST /webhook": everyone(() => import("./receive")),
  },
});
