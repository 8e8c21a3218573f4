import { receivesFromMeta } from "./meta-webhook";

export default receivesFromMeta({ id: "receiveInstagramWebhook", summary: "Receive Instagram inbound webhook events" });
