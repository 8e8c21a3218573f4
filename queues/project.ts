import { conversationOf } from "../src/objects";
import { afterProjection, type Projection, project, wakeConcerned } from "../src/effects/projection";
import { systemContext } from "../src/areas/access/authenticate";
import { SECOND } from "../src/kit/clock";
import { inTime } from "../src/kit/in-time";
import type { PublicCtx } from "../src/kit/context";
import type { ProjectMessage } from "./messages";

/** What all conversations of a batch may say together: it is in memory at once. */
const MAX_BYTES_READ = 10_000_000;
/** What is written at once: even if all of it went into one parameter, D1 would take that (two million bytes). */
const MAX_BYTES_WRITTEN = 1_000_000;
/** An object that does not answer holds up the conversations of all tenants in the batch. */
const ANSWERS_WITHIN_MS = 5 * SECOND;

/**
 * Brings what conversations have to say to D1: asks each for it, writes those of a tenant in one transaction, tells each that
 * it is done. Returns the messages that failed, with why. A conversation whose rows D1 refuses does not hold up the others.
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
  await Promise.all(
    [...byConversation].map(async ([key, [message]]) => {
      try {
        const projection = await answered(objectOf(ctx, message!).unprojected(maxBytes));
        if (projection) pending.set(key, { message: message!, projection });
      } catch (error) {
        failAll(key, error);
      }
    }),
  );
  const byTenant = Map.groupBy(pending, ([, { projection }]) => projection.orgId);
  for (const theirs of [...byTenant.values()].flatMap(writable)) {
    const written = await writeTogetherOrAlone(ctx, theirs, failAll);
    await followUp(ctx, written);
    await Promise.all(
      written.map(async ([key, { message, projection }]) => {
        try {
          await answered(objectOf(ctx, message).confirm(projection.version, projection.upTo));
        } catch (error) {
          failAll(key, error);
        }
      }),
    );
  }
  return failed;
}

const answered = <T>(call: Promise<T>): Promise<T> =>
  inTime(call, ANSWERS_WITHIN_MS, new Error("the conversation did not answer in time"));

/** A tenant's conversations in as few parts as D1 takes. */
function writable(theirs: readonly Pending[]): Pending[][] {
  const parts: Pending[][] = [];
  let bytes = Infinity;
  for (const one of theirs) {
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
  ctx.background(wakeConcerned(ctx.env, org, projections));
  await afterProjection(systemContext(ctx, org), projections);
}

type Pending = [key: string, { message: ProjectMessage; projection: Projection }];

async function writeTogetherOrAlone(
  ctx: PublicCtx,
  theirs: readonly Pending[],
  fail: (key: string, error: unknown) => void,
): Promise<readonly Pending[]> {
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
    return [
      ...(await writeTogetherOrAlone(ctx, theirs.slice(0, half), fail)),
      ...(await writeTogetherOrAlone(ctx, theirs.slice(half), fail)),
    ];
  }
}

const objectOf = (ctx: PublicCtx, message: ProjectMessage) =>
  conversationOf({ env: ctx.env, org: orgOf(message), cost: ctx.cost }, message.conversationId);

const orgOf = (message: ProjectMessage) => ({ id: message.orgId, tenantDb: message.tenantDb });
