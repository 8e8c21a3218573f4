import { area, everyone } from "../../domain/operation";

export const ingest = area({
  tag: "Webhooks",
  description: "Where channels deliver",
  routes: {
    "GET /webhook": everyone(() => import("./verify")),
    "POST /webhook": everyone(() => import("./receive")),
    "GET /webhook/messenger": everyone(() => import("./verify-messenger")),
    "POST /webhook/messenger": everyone(() => import("./receive-messenger")),
    "GET /webhook/instagram": everyone(() => import("./verify-instagram")),
    "POST /webhook/instagram": everyone(() => import("./receive-instagram")),
    "POST /webhook/email": everyone(() => import("./receive-email")),
    "POST /webhook/email/{account}/{secret}": everyone(() => import("./receive-email-at")),
  },
});
