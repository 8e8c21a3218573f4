import { verifiesForMeta } from "./meta-webhook";

export default verifiesForMeta({ id: "verifyMetaWebhook", summary: "Meta webhook verification" });
