import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { requireSession } from "../auth/require-session";
import { PushPath } from "./model";
import { pushSubscriptionNotFound } from "./problems";

const Removed = z.object({ message: z.string(), push_subscription_id: z.uuid() });

export default operation({
  id: "unsubscribeFromPush",
  summary: "Unsubscribe a browser from Web Push",
  params: PushPath,
  response: Removed,
  problems: [pushSubscriptionNotFound],
  handle: ({ ctx, params }) => unsubscribe(ctx, params.id),
});

export async function unsubscribe(ctx: Ctx, id: string): Promise<z.infer<typeof Removed>> {
  const agentId = requireSession(ctx);
  const { meta } = await ctx.db
    .sql("DELETE FROM push_subscriptions WHERE org_id = ?1 AND id = ?2 AND agent_id = ?3", id, agentId)
    .run();
  if (meta.changes === 0) throw pushSubscriptionNotFound();
  return { message: "push subscription deleted", push_subscription_id: id };
}
