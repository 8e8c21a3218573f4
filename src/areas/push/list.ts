import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { PushSubscription, type SubscriptionRow, toSubscription } from "./model";

export default operation({
  id: "listPushSubscriptions",
  summary: "List the caller's browsers that take Web Push",
  description: "Newest first.",
  response: z.array(PushSubscription),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<SubscriptionRow>(
      "SELECT id, endpoint, device_name, created_at FROM push_subscriptions WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC",
      ctx.actor.id,
    );
    return rows.map(toSubscription);
  },
});
