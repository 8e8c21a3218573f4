import { conversationOf } from "../../objects";
import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import type { OrgRef, PublicCtx } from "../../kit/context";
import { contactIdOf, conversationIdOf } from "../../domain/ids";
import { inTime } from "../../kit/in-time";
import { logError } from "../../kit/log";
import { freshRoutesOf, type Route } from "../integrations/routes";
import { withOneFileEach } from "./files";
import { followChange, joinAliases, partyOf, referenceOf, type Thread } from "./thread";

/** An object that takes longer than this is busy: its updates are parked. */
const BUSY_AFTER_MS = 8000;
/** The number of objects that are called at the same time. */
const CONCURRENCY = 100;

interface Group {
  threadKey: string;
  givenName: string | null;
  conversationId: string;
  party: Party;
  /** The alias table has been read for the party's names. */
  aliasesRead: boolean;
  updates: ChannelUpdate[];
}

/**
 * Delivers the updates of one account to their conversations, one call for each. Returns the updates that could not be
 * delivered.
 */
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
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, worker));
  return left;
}

/** The thread of a status with our own reference: the reference names the conversation, so no thread key is needed. */
const BY_REFERENCE: Thread = { threadKey: "", givenName: null };

/** The thread of one of a person's names. `aliasesRead`: the alias table has been read for it. */
interface NamedThread {
  thread: Thread;
  aliasesRead: boolean;
}

async function groupByThread(
  ctx: PublicCtx,
  channel: Channel,
  route: Route,
  updates: readonly ChannelUpdate[],
): Promise<Map<string, Group>> {
  const groups = new Map<string, Group>();
  const known = new Map<string, NamedThread>();
  // Address changes come first: the groups are delivered in parallel, and the next delivery may arrive at any time.
  for (const update of updates) {
    if (update.kind !== "address_changed") continue;
    for (const [name, thread] of await followChange(ctx, route, channel, update))
      known.set(name, { thread, aliasesRead: true });
  }
  for (const update of updates) {
    const reference = referenceOf(update);
    const party = partyOf(update);
    const name = party?.address ?? party?.userId;
    if (name === undefined && !reference) continue;
    // A user id without an address may be an alias, so the table must be read. An address is mostly the thread key
    // itself.
    const { thread, aliasesRead } = reference
      ? { thread: BY_REFERENCE, aliasesRead: true }
      : (known.get(name!) ?? (await lookUpName(party!)));
    const { threadKey, givenName } = thread;
    const conversationId = reference?.conversationId ?? conversationIdOf(route.orgId, route.accountId, threadKey);
    const group = groups.get(conversationId) ?? {
      threadKey,
      givenName,
      conversationId,
      party: {},
      aliasesRead,
      updates: [],
    };
    if (group.threadKey === "" && threadKey !== "") Object.assign(group, { threadKey, givenName, aliasesRead });
    if (!reference) {
      group.party = { ...group.party, ...party };
      // Caches the thread under both names, so that each person of a delivery is looked up once.
      for (const one of [party!.address, party!.userId])
        if (one !== undefined && !known.has(one)) known.set(one, { thread, aliasesRead });
    }
    group.updates.push(update);
    groups.set(conversationId, group);
  }
  return groups;

  async function lookUpName(party: Party): Promise<NamedThread> {
    if (party.address) return { thread: { threadKey: party.address, givenName: null }, aliasesRead: false };
    return { thread: await joinAliases(ctx, route, channel, party), aliasesRead: true };
  }
}

/** False: the account now belongs to another one; a new conversation must not begin for its previous owner. */
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
  const thread = group.aliasesRead ? group : await joinAliases(ctx, route, channel, group.party);
  await call(thread, conversationIdOf(route.orgId, route.accountId, thread.threadKey), now, true);
  return true;
}

/** Replaces the reference of a status by the message's id alone, by which the conversation knows the message. */
function withOwnId(update: ChannelUpdate): ChannelUpdate {
  const reference = referenceOf(update);
  return reference && update.kind === "status" ? { ...update, messageId: reference.messageId } : update;
}
