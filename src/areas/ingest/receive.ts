import { receivesFromMeta } from "./meta-webhook";

export default receivesFromMeta({ id: "receiveMetaWebhook", summary: "Receive Meta webhook (WhatsApp + Instagram)" });
