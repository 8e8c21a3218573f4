import type { Ctx } from "../../domain/context";
import { maySee } from "../../domain/context";
import type { PushItem } from "../../domain/services";
import { sha256Hex } from "../../kit/id";
import { logError } from "../../kit/log";
import { rightsOfAgents } from "../access/authenticate";
import { deliverPush } from "./deliver";
import type { SubscriptionRow } from "./model";

/** The browsers that are left to be told, and how long their push services want to rest. */
export interface Left {
  subscriptionIds: string[];
  retryAfterMs: number;
  /** The agent has no browser any more. */
  hasNone: boolean;
}

/**
 * Tells an agent's browsers, if the agent may still see the conversation. A subscription that has ended is deleted. Throws
 * if the database fails.
 */
export async function notifyAgent(ctx: Ctx, item: PushItem): Promise<Left> {
  const { agentId, scope, right, message, only } = item;
  const rows = await ctx.db.query<SubscriptionRow>(
    "SELECT id, endpoint, p256dh, auth, device_name, created_at FROM push_subscriptions WHERE org_id = ?1 AND agent_id = ?2",
    agentId,
  );
  const rights = (await rightsOfAgents(ctx.db, [agentId])).get(agentId);
  const nobody = { subscriptionIds: [], retryAfterMs: 0, hasNone: rows.length === 0 };
  if (!rights?.permissions.has(right)) return nobody;
  const sees = { all: rights.permissions.has("conversations.view_all"), agentId, divisionIds: [...rights.divisionIds] };
  if (!maySee(sees, scope)) return nobody;
  const left: Left = { subscriptionIds: [], retryAfterMs: 0, hasNone: false };
  const gone: string[] = [];
  // At most 32 characters of base64url.
  const topic = Buffer.from(sha256Hex(message.conversation_id), "hex").toString("base64url").slice(0, 32);
  await Promise.all(
    rows
      .filter(({ id }) => !only || only.includes(id))
      .map(async (row) => {
        const result = await deliverPush(ctx, row, message, topic);
        if (result.is === "gone") gone.push(row.id);
        if (result.is === "refused") logError("push_refused", "refused", { subscription_id: row.id });
        if (result.is !== "later") return;
        left.subscriptionIds.push(row.id);
        left.retryAfterMs = Math.max(left.retryAfterMs, result.retryAfterMs ?? 0);
      }),
  );
  if (gone.length > 0)
    await ctx.db
      .sql(
        "DELETE FROM push_subscriptions WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
        JSON.stringify(gone),
      )
      .run();
  return { ...left, hasNone: gone.length === rows.length };
}
