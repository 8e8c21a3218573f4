import { conversationOf } from "../src/objects";
import { afterProjection, type Projection, project, projectedSeqs, wakeObjects } from "../src/effects/projection";
import { systemContext } from "../src/areas/access/authenticate";
import { SECOND } from "../src/kit/clock";
import { inTime } from "../src/kit/in-time";
import type { PublicCtx } from "../src/kit/context";
import type { ProjectMessage } from "./messages";

/** The most bytes that all conversations of a batch return together, since they are in memory at the same time. */
const MAX_BYTES_READ = 10_000_000;
/** The most bytes of one D1 batch. Even in one parameter it stays below D1's limit of 2,000,000 bytes. */
const MAX_BYTES_WRITTEN = 1_000_000;
/** The deadline of a call, since an object that does not answer would delay all tenants in the batch. */
const CALL_TIMEOUT_MS = 5 * SECOND;

/**
 * Projects conversations to D1: asks D1 which events it has, reads the later ones from the objects, and writes those of
 * a tenant in one transaction. D1's row says what is written, so nothing is confirmed. Returns the messages that
 * failed, with their errors. A conversation whose rows D1 refuses does not delay the others.
 */
export async function projectConversations(
  ctx: PublicCtx,
  messages: readonly ProjectMessage[],
): Promise<Map<ProjectMessage, unknown>> {
  const failed = new Map<ProjectMessage, unknown>();
  const byConversation = Map.groupBy(messages, (message) => `${message.orgId}:${message.conversationId}`);
  const pending = new Map<string, { message: ProjectMessage; projection: Projection }>();
  const failAll = (key: string, error: unknown): void =>
    byConversation.get(key)!.forEach((message) => failed.set(message, error));
  const maxBytes = Math.floor(MAX_BYTES_READ / byConversation.size);
  const keysByOrg = Map.groupBy(byConversation.keys(), (key) => byConversation.get(key)![0]!.orgId);
  await Promise.all(
    [...keysByOrg.values()].map(async (keys) => {
      const own = keys.map((key) => [key, byConversation.get(key)![0]!] as const);
      const org = orgOf(own[0]![1]);
      let seqs: Map<string, number>;
      try {
        const ids = own.map(([, { conversationId }]) => conversationId);
        seqs = await projectedSeqs(ctx.env, org, ids, ctx.cost);
      } catch (error) {
        return keys.forEach((key) => failAll(key, error));
      }
      await Promise.all(
        own.map(async ([key, message]) => {
          try {
            const projectedSeq = seqs.get(message.conversationId) ?? 0;
            const projection = await withTimeout(objectOf(ctx, message).unprojected(projectedSeq, maxBytes));
            if (projection) pending.set(key, { message, projection });
          } catch (error) {
            failAll(key, error);
          }
        }),
      );
    }),
  );
  const byTenant = Map.groupBy(pending, ([, { projection }]) => projection.orgId);
  for (const pendings of [...byTenant.values()].flatMap(splitBySize)) {
    const written = await writeBisecting(ctx, pendings, failAll);
    await followUp(ctx, written);
  }
  return failed;
}

const withTimeout = <T>(call: Promise<T>): Promise<T> =>
  inTime(call, CALL_TIMEOUT_MS, new Error("the conversation did not answer in time"));

/** Splits a tenant's conversations into as few batches as `MAX_BYTES_WRITTEN` allows. */
function splitBySize(pendings: readonly Pending[]): Pending[][] {
  const parts: Pending[][] = [];
  let bytes = Infinity;
  for (const one of pendings) {
    const size = Buffer.byteLength(JSON.stringify(one[1].projection));
    if (bytes + size > MAX_BYTES_WRITTEN) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(one);
    bytes += size;
  }
  return parts;
}

async function followUp(ctx: PublicCtx, written: readonly Pending[]): Promise<void> {
  const [first] = written;
  if (!first) return;
  const org = orgOf(first[1].message);
  const projections = written.map(([, { projection }]) => projection);
  ctx.background(wakeObjects(ctx.env, org, projections));
  await afterProjection(systemContext(ctx, org), projections);
}

type Pending = [key: string, { message: ProjectMessage; projection: Projection }];

async function writeBisecting(
  ctx: PublicCtx,
  pendings: readonly Pending[],
  fail: (key: string, error: unknown) => void,
): Promise<readonly Pending[]> {
  try {
    await project(
      ctx.env,
      pendings.map(([, { projection }]) => projection),
      ctx.cost,
    );
    return pendings;
  } catch (error) {
    if (pendings.length === 1) {
      fail(pendings[0]![0], error);
      return [];
    }
    // Bisection: a refused conversation costs its batch a logarithmic number of extra writes.
    const half = Math.ceil(pendings.length / 2);
    return [
      ...(await writeBisecting(ctx, pendings.slice(0, half), fail)),
      ...(await writeBisecting(ctx, pendings.slice(half), fail)),
    ];
  }
}

const objectOf = (ctx: PublicCtx, message: ProjectMessage) =>
  conversationOf({ env: ctx.env, org: orgOf(message), cost: ctx.cost }, message.conversationId);

const orgOf = (message: ProjectMessage) => ({ id: message.orgId, tenantDb: message.tenantDb });
