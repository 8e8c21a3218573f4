import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { uuidV5 } from "../../kit/id";
import { inboxOf } from "../../objects";
import { requireSession } from "../auth/require-session";
import { PushSubscription, Subscribe, toSubscription } from "./model";

/** More browsers than anybody uses; the oldest give way. */
const MAX_SUBSCRIPTIONS = 10;

export default operation({
  id: "subscribeToPush",
  summary: "Subscribe a browser to Web Push",
  description:
    "The browser is told of messages in conversations that are assigned to the agent, of assignments and of mentions, while no live socket of the agent is open. Each message is a JSON text, encrypted for the browser: `type`, `at`, `conversation_id`, `title`, `body`. A browser has one subscription: repeating the call renews it, and it belongs to the agent who subscribed last. It ends with the session in which it was made.",
  body: Subscribe,
  response: PushSubscription,
  status: 201,
  idempotent: "stored",
  handle: ({ ctx, body }) => subscribe(ctx, body),
});

export async function subscribe(ctx: Ctx, input: z.output<typeof Subscribe>): Promise<PushSubscription> {
  const agentId = requireSession(ctx);
  const { endpoint, keys, device_name: deviceName = null } = input;
  const [id, now] = [uuidV5(ctx.orgId, `push:${endpoint}`), ctx.now()];
  // Told first: an agent who is told to have browsers and has none costs a query, and forgets it.
  await inboxOf(ctx).pushTo(agentId, ctx.org.tenantDb);
  const answer = toSubscription({ id, endpoint, device_name: deviceName, created_at: now });
  const write = [
    ctx.db.sql(
      `INSERT INTO push_subscriptions (id, org_id, agent_id, endpoint, p256dh, auth, device_name, created_at, session_id) VALUES (?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
       ON CONFLICT (id) DO UPDATE SET agent_id = excluded.agent_id, session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth, device_name = excluded.device_name, created_at = excluded.created_at`,
      id,
      agentId,
      endpoint,
      keys.p256dh,
      keys.auth,
      deviceName,
      now,
      ctx.actor.credentialId,
    ),
    ctx.db.sql(
      `DELETE FROM push_subscriptions WHERE +org_id = ?1 AND id IN (
         SELECT id FROM push_subscriptions WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC LIMIT -1 OFFSET ${MAX_SUBSCRIPTIONS})`,
      agentId,
    ),
  ];
  await commit(ctx, { write, answer, status: 201 });
  return answer;
}
