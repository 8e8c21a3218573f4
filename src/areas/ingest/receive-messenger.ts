import { receivesFromMeta } from "./meta-webhook";

export default receivesFromMeta({ id: "receiveMessengerWebhook", summary: "Receive Messenger inbound webhook events" });
