import { conversationOf } from "../../objects";
import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import type { OrgRef, PublicCtx } from "../../kit/context";
import { contactIdOf, conversationIdOf } from "../../domain/ids";
import { inTime } from "../../kit/in-time";
import { logError } from "../../kit/log";
import { freshRoutesOf, type Route } from "../integrations/routes";
import { withOneFileEach } from "./files";
import { followChange, joinAliases, partyOf, referenceOf, type Thread } from "./thread";

/** An object that takes longer than this is busy: what is for it is parked. */
const BUSY_AFTER_MS = 8000;
/** How many objects are called at the same time. */
const PARALLEL = 100;

interface Group {
  threadKey: string;
  givenName: string | null;
  conversationId: string;
  party: Party;
  /** The table of aliases has said so. */
  isJoined: boolean;
  updates: ChannelUpdate[];
}

/** Hands what an account's delivery says to the objects it concerns, one call for each. Returns what could not be handed over. */
export async function deliverToConversations(
  ctx: PublicCtx,
  channel: Channel,
  route: Route,
  updates: readonly ChannelUpdate[],
): Promise<ChannelUpdate[]> {
  const groups = await groupByThread(ctx, channel, route, updates.flatMap(withOneFileEach));
  const left: ChannelUpdate[] = [];
  const queue = [...groups.values()];
  let fresh: Promise<Route | undefined> | undefined;
  const routeNow = (): Promise<Route | undefined> =>
    (fresh ??= freshRoutesOf(ctx, channel, [route.externalId]).then((routes) => routes.get(route.externalId)));
  const worker = async (): Promise<void> => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      try {
        const delivered = deliverGroup(ctx, channel, route, group, routeNow);
        if (!(await inTime(delivered, BUSY_AFTER_MS, new Error("the conversation did not answer in time"))))
          left.push(...group.updates);
      } catch (error) {
        logError("conversation_busy", error, { conversation_id: group.conversationId });
        left.push(...group.updates);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, queue.length) }, worker));
  return left;
}

/** The thread of a status that carries our own reference, which names the conversation itself. */
const BY_REFERENCE: Thread = { threadKey: "", givenName: null };

/** What a delivery has said of a name so far. `isJoined`: the table of aliases says so too. */
interface Named {
  thread: Thread;
  isJoined: boolean;
}

async function groupByThread(
  ctx: PublicCtx,
  channel: Channel,
  route: Route,
  updates: readonly ChannelUpdate[],
): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  const known = new Map<string, Named>();
  // Before anything is handed over: groups go their ways in parallel, and the next delivery comes when it likes.
  for (const update of updates) {
    if (update.kind !== "address_changed") continue;
    for (const [name, thread] of await followChange(ctx, route, channel, update))
      known.set(name, { thread, isJoined: true });
  }
  for (const update of updates) {
    const reference = referenceOf(update);
    const party = partyOf(update);
    const name = party?.address ?? party?.userId;
    if (name === undefined && !reference) continue;
    // Without an address the person may be known by another name: that must be looked up. With one it mostly need not be.
    const { thread, isJoined } = reference
      ? { thread: BY_REFERENCE, isJoined: true }
      : (known.get(name!) ?? (await namedBy(party!)));
    const { threadKey, givenName } = thread;
    const conversationId = reference?.conversationId ?? conversationIdOf(route.orgId, route.accountId, threadKey);
    const group = groups.get(conversationId) ?? {
      threadKey,
      givenName,
      conversationId,
      party: {},
      isJoined,
      updates: [],
    };
    if (group.threadKey === "" && threadKey !== "") Object.assign(group, { threadKey, givenName, isJoined });
    if (!reference) {
      group.party = { ...group.party, ...party };
      // Looked up once, however much a delivery says of a person; and who names both means the same by either.
      for (const one of [party!.address, party!.userId])
        if (one !== undefined && !known.has(one)) known.set(one, { thread, isJoined });
    }
    group.updates.push(update);
    groups.set(conversationId, group);
  }
  return groups;

  async function namedBy(party: Party): Promise<Named> {
    if (party.address) return { thread: { threadKey: party.address, givenName: null }, isJoined: false };
    return { thread: await joinAliases(ctx, route, channel, party), isJoined: true };
  }
}

/** False: the account is another's by now, and nothing begins with whoever had it. */
async function deliverGroup(
  ctx: PublicCtx,
  channel: Channel,
  route: Route,
  group: Group,
  routeNow: () => Promise<Route | undefined>,
): Promise<boolean> {
  const org: OrgRef = { id: route.orgId, tenantDb: route.tenantDb, country: route.country };
  const updates = group.updates.map((update) => withOwnId(update));
  const call = (
    { threadKey, givenName }: Thread,
    conversationId: string,
    { divisionId }: Route,
    aliasChecked: boolean,
  ) =>
    conversationOf({ env: ctx.env, org, cost: ctx.cost }, conversationId).ingest({
      identity: {
        id: conversationId,
        orgId: route.orgId,
        tenantDb: route.tenantDb,
        channel,
        accountId: route.accountId,
        accountExternalId: route.externalId,
        contactId: contactIdOf(route.orgId, channel, threadKey),
        threadKey,
      },
      divisionId,
      givenName,
      org,
      updates,
      aliasChecked,
    });
  const { needsAlias } = await call(group, group.conversationId, route, false);
  if (!needsAlias) return true;
  const now = await routeNow();
  if (!now?.isActive || now.orgId !== route.orgId || now.accountId !== route.accountId) return false;
  const thread = group.isJoined ? group : await joinAliases(ctx, route, channel, group.party);
  await call(thread, conversationIdOf(route.orgId, route.accountId, thread.threadKey), now, true);
  return true;
}

/** A status names our message as we told the channel, with its conversation; the conversation knows it by its own id. */
function withOwnId(update: ChannelUpdate): ChannelUpdate {
  const reference = referenceOf(update);
  return reference && update.kind === "status" ? { ...update, messageId: reference.messageId } : update;
}
