import { verifiesForMeta } from "./meta-webhook";

export default verifiesForMeta({ id: "verifyInstagramWebhook", summary: "Meta webhook verification for Instagram" });
