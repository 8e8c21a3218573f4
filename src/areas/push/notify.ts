import type { Ctx } from "../../domain/context";
import { maySee } from "../../domain/context";
import type { PushesLeft, PushItem } from "../../domain/services";
import { sha256Hex } from "../../kit/id";
import { logError } from "../../kit/log";
import { endedCredentials, rightsOfAgents } from "../access/authenticate";
import { deliverPush } from "./deliver";
import type { SubscriptionRow } from "./model";

/**
 * Tells an agent's browsers, if the agent may still see the conversation. A subscription that has ended is deleted, also
 * with the session in which it was made. Throws if the database fails.
 */
export async function notifyAgent(ctx: Ctx, item: PushItem): Promise<PushesLeft> {
  const { agentId, scope, right, message, only } = item;
  const rows = await ctx.db.query<SubscriptionRow & { session_id: string }>(
    "SELECT id, session_id, endpoint, p256dh, auth, device_name, created_at FROM push_subscriptions WHERE org_id = ?1 AND agent_id = ?2",
    agentId,
  );
  const ended = await endedCredentials(ctx.db, [...new Set(rows.map((row) => row.session_id))], ctx.now());
  const rights = (await rightsOfAgents(ctx.db, [agentId])).get(agentId);
  const gone = rows.filter((row) => ended.includes(row.session_id)).map(({ id }) => id);
  await remove(ctx, gone);
  const nobody = { subscriptionIds: [], retryAfterMs: 0, hasNone: gone.length === rows.length };
  if (!rights?.permissions.has(right)) return nobody;
  const sees = { all: rights.permissions.has("conversations.view_all"), agentId, divisionIds: [...rights.divisionIds] };
  if (!maySee(sees, scope)) return nobody;
  const [again, refusing]: [string[], string[]] = [[], []];
  let retryAfterMs = 0;
  // At most 32 characters of base64url.
  const topic = Buffer.from(sha256Hex(message.conversation_id), "hex").toString("base64url").slice(0, 32);
  await Promise.all(
    rows
      .filter(({ id }) => !gone.includes(id) && (!only || only.includes(id)))
      .map(async (row) => {
        const result = await deliverPush(ctx, row, message, topic);
        if (result.is === "gone") refusing.push(row.id);
        if (result.is === "refused") logError("push_refused", "refused", { subscription_id: row.id });
        if (result.is !== "later") return;
        again.push(row.id);
        retryAfterMs = Math.max(retryAfterMs, result.retryAfterMs ?? 0);
      }),
  );
  await remove(ctx, refusing);
  return { subscriptionIds: again, retryAfterMs, hasNone: gone.length + refusing.length === rows.length };
}

async function remove(ctx: Ctx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await ctx.db
    .sql(
      "DELETE FROM push_subscriptions WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
      JSON.stringify(ids),
    )
    .run();
}
