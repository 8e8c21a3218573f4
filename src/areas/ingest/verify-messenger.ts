import { verifiesForMeta } from "./meta-webhook";

export default verifiesForMeta({ id: "verifyMessengerWebhook", summary: "Meta webhook verification for Messenger" });
