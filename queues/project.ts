import { conversationOf, wakeRouting } from "../durable-objects/stubs";
import { type Projection, project } from "../src/areas/conversations/projection";
import { systemContext } from "../src/areas/auth/authenticate";
import { settleClocks } from "../src/areas/sla/settle";
import { logError } from "../src/kit/log";
import type { PublicCtx } from "../src/kit/context";
import type { ProjectMessage } from "./messages";

/**
 * Brings what conversations have to say to D1: asks each for it, writes those of a tenant in one transaction, tells each that
 * it is done. Returns the messages that failed, with why. A conversation whose rows D1 refuses does not hold up the others.
 */
export async function projectConversations(ctx: PublicCtx, messages: readonly ProjectMessage[]): Promise<Map<ProjectMessage, unknown>> {
  const failed = new Map<ProjectMessage, unknown>();
  const byConversation = Map.groupBy(messages, (message) => `${message.orgId}:${message.conversationId}`);
  const pending = new Map<string, { message: ProjectMessage; projection: Projection }>();
  const failAll = (key: string, error: unknown): void => byConversation.get(key)!.forEach((message) => failed.set(message, error));
  await Promise.all(
    [...byConversation].map(async ([key, [message]]) => {
      try {
        const projection = await objectOf(ctx, message!).unprojected();
        if (projection) pending.set(key, { message: message!, projection });
      } catch (error) {
        failAll(key, error);
      }
    }),
  );
  const byTenant = Map.groupBy(pending, ([, { projection }]) => projection.orgId);
  for (const theirs of byTenant.values()) {
    const written = await writeTogetherOrAlone(ctx, theirs, failAll);
    const [, waking] = written.find(([, { projection }]) => projection.concernsRouting) ?? [];
    if (waking) ctx.background(wakeRouting({ env: ctx.env, org: orgOf(waking.message) }));
    await settle(ctx, written);
    await Promise.all(
      written.map(async ([key, { message, projection }]) => {
        try {
          await objectOf(ctx, message).confirm(projection.upTo);
        } catch (error) {
          failAll(key, error);
        }
      }),
    );
  }
  return failed;
}

/** Deadlines of cycles that have begun or changed. What fails is found by the cron. */
async function settle(ctx: PublicCtx, written: readonly Pending[]): Promise<void> {
  const changed = written.filter(([, { projection }]) => projection.cycles.length > 0);
  const [first] = changed;
  if (!first) return;
  const { orgId, tenantDb } = first[1].projection;
  try {
    await settleClocks(
      systemContext(ctx, { id: orgId, tenantDb, country: null }),
      changed.map(([, { projection }]) => projection.conversation.id),
    );
  } catch (error) {
    logError("sla_delayed", error, { org_id: orgId });
  }
}

type Pending = [key: string, { message: ProjectMessage; projection: Projection }];

async function writeTogetherOrAlone(ctx: PublicCtx, theirs: readonly Pending[], fail: (key: string, error: unknown) => void): Promise<readonly Pending[]> {
  try {
    await project(
      ctx.env,
      theirs.map(([, { projection }]) => projection),
      ctx.cost,
    );
    return theirs;
  } catch (error) {
    if (theirs.length === 1) {
      fail(theirs[0]![0], error);
      return [];
    }
    // By halves: one that is refused costs its neighbours a few writes more and not one each.
    const half = Math.ceil(theirs.length / 2);
    return [...(await writeTogetherOrAlone(ctx, theirs.slice(0, half), fail)), ...(await writeTogetherOrAlone(ctx, theirs.slice(half), fail))];
  }
}

const objectOf = (ctx: PublicCtx, message: ProjectMessage) => conversationOf({ env: ctx.env, org: orgOf(message), cost: ctx.cost }, message.conversationId);

const orgOf = (message: ProjectMessage) => ({ id: message.orgId, tenantDb: message.tenantDb, country: null });
