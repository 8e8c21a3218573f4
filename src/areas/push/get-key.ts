import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { vapidKeys } from "./keys";

export default operation({
  id: "getPushKey",
  summary: "Get the key for subscribing to Web Push",
  description: "`applicationServerKey` of the browser's `PushManager.subscribe`. It stays the same.",
  response: z.object({ public_key: z.string().openapi({ description: "65 bytes, base64url" }) }).openapi("PushKey"),
  handle: async ({ ctx }) => ({ public_key: (await vapidKeys(ctx)).publicKey }),
});
