import type { Channel, ChannelUpdate } from "../../channels/channel";
import { conversationOf } from "../../objects";
import type { OrgRef, PublicCtx } from "../../kit/context";
import { contactIdOf } from "../../domain/ids";
import { inTime } from "../../kit/in-time";
import { logError } from "../../kit/log";
import { freshRoutesOf, type Route } from "../integrations/routes";
import { withOneFileEach } from "./files";
import { adapterOf } from "../../channels/registry";
import { groupBySubject } from "./subjects";
import { BUSY_AFTER_MS, type Group, groupByThread, locateGroup } from "./groups";
import { People } from "./people";
import { ownEchoAsReceipt, referenceOf } from "./thread";

/** The number of objects that are called at the same time. */
const CONCURRENCY = 100;
/** The number of updates that an object takes in one transaction. */
const MAX_PER_CALL = 500;

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
  const people = new People(ctx, route, channel);
  const { groups: queue, left } =
    adapterOf(channel)?.capabilities.threads === "subject"
      ? await groupBySubject(ctx, route, updates)
      : await groupByThread(people, route, updates.map(ownEchoAsReceipt).flatMap(withOneFileEach));
  let fresh: Promise<Route | undefined> | undefined;
  const routeNow = (): Promise<Route | undefined> =>
    (fresh ??= freshRoutesOf(ctx, channel, [route.externalId]).then((routes) => routes.get(route.externalId)));
  const worker = async (): Promise<void> => {
    for (let group = queue.shift(); group; group = queue.shift()) {
      try {
        const delivered = deliverGroup(ctx, channel, route, people, group, routeNow);
        if (!(await inTime(delivered, BUSY_AFTER_MS, new Error("the conversation did not answer in time"))))
          left.push(...group.received);
      } catch (error) {
        logError("conversation_busy", error, { conversation_id: group.conversationId });
        left.push(...group.received);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, queue.length) }, worker));
  return left;
}

/** False: the account now belongs to another one; a new conversation must not begin for its previous owner. */
async function deliverGroup(
  ctx: PublicCtx,
  channel: Channel,
  route: Route,
  people: People,
  group: Group,
  routeNow: () => Promise<Route | undefined>,
): Promise<boolean> {
  if (group.updates.length > MAX_PER_CALL) {
    for (const part of partsOf(group))
      if (!(await deliverGroup(ctx, channel, route, people, part, routeNow))) return false;
    return true;
  }
  const org: OrgRef = { id: route.orgId, tenantDb: route.tenantDb, country: route.country };
  const call = (
    { threadKey, contactKey = threadKey, conversationId, updates, isLocated }: Group,
    { divisionId }: Route,
    beginning?: { givenName: string | null },
  ) =>
    conversationOf({ env: ctx.env, org, cost: ctx.cost }, conversationId).ingest({
      identity: {
        id: conversationId,
        orgId: route.orgId,
        tenantDb: route.tenantDb,
        channel,
        accountId: route.accountId,
        accountExternalId: route.externalId,
        contactId: contactIdOf(route.orgId, channel, contactKey),
        threadKey,
      },
      divisionId,
      givenName: beginning?.givenName ?? null,
      org,
      updates: updates.map((update) => withOwnId(update)),
      isLocated,
      mayBegin: beginning !== undefined,
    });
  const { needsNames } = await call(group, route);
  if (!needsNames) return true;
  const now = await routeNow();
  if (!now?.isActive || now.orgId !== route.orgId || now.accountId !== route.accountId) return false;
  for (const one of group.isLocated ? [group] : await locateGroup(people, route, group))
    await call(one, now, { givenName: await people.aliases.givenName(one.contactKey ?? one.threadKey) });
  return true;
}

function partsOf(group: Group): Group[] {
  const count = Math.ceil(group.updates.length / MAX_PER_CALL);
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [i * MAX_PER_CALL, (i + 1) * MAX_PER_CALL];
    return { ...group, updates: group.updates.slice(from, to), received: group.received.slice(from, to) };
  });
}

/** Replaces the reference of a status by the message's id alone, by which the conversation knows the message. */
function withOwnId(update: ChannelUpdate): ChannelUpdate {
  const reference = referenceOf(update);
  return reference && update.kind === "status" ? { ...update, messageId: reference.messageId } : update;
}
