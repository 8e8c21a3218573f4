import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { UUID_PATTERN } from "../../kit/id";
import { contactIdOf } from "../../domain/ids";
import type { Route } from "../integrations/routes";

/**
 * The thread of an update is keyed by the person's address, or by the user id where there is no address
 * (docs/adr/0003).
 */

/** The person that the update is about; undefined for an update that is about no person. */
export const partyOf = (update: ChannelUpdate): Party | undefined =>
  "from" in update ? update.from : "to" in update ? update.to : undefined;

/** The reference that we sent with a message, if the channel returned it: `<conversation>.<message>`. */
export function referenceOf(update: ChannelUpdate): { conversationId: string; messageId: string } | undefined {
  if (update.kind !== "status" || !update.messageId) return undefined;
  const [conversationId = "", messageId = ""] = update.messageId.split(".");
  return UUID_PATTERN.test(conversationId) ? { conversationId, messageId } : undefined;
}

export interface Thread {
  threadKey: string;
  /** The name that an agent gave the person, perhaps on another account. */
  givenName: string | null;
}

/** The thread of the person with these names. */
export async function joinAliases(ctx: PublicCtx, route: Route, channel: Channel, party: Party): Promise<Thread> {
  const names = namesOf(party);
  return (await joinNames(ctx, route, channel, names)).get(names[0]!)!;
}

const namesOf = ({ address, userId }: Party): string[] => [address, userId].filter((name) => name !== undefined);

/**
 * Joins the new names of a person with the old ones: a name that has no thread yet gets the thread of the old ones.
 * Returns the thread of each name.
 */
export function followChange(
  ctx: PublicCtx,
  route: Route,
  channel: Channel,
  { from, newAddress, newUserId }: Extract<ChannelUpdate, { kind: "address_changed" }>,
): Promise<Map<string, Thread>> {
  return joinNames(
    ctx,
    route,
    channel,
    [...namesOf(from), newAddress, newUserId].filter((name) => name !== undefined),
  );
}

/**
 * Joins the names of one person: a name without a thread gets the thread of the first name that has one. A name's
 * thread never changes, even under concurrent calls: the table has one row for each name. One round trip; called only
 * for a new conversation, for a person without an address, and for a change of names.
 */
async function joinNames(
  ctx: PublicCtx,
  route: Route,
  channel: Channel,
  names: readonly string[],
): Promise<Map<string, Thread>> {
  const db = new TenantDatabase(tenantD1(ctx.env, route.tenantDb), route.orgId, ctx.cost, "first-primary");
  const contactIds = names.map((name) => contactIdOf(route.orgId, channel, name));
  const [, found, named] = await db.batch([
    db.sql(
      `INSERT OR IGNORE INTO contact_aliases (org_id, channel, alias, thread_key)
       SELECT ?1, ?2, n.value, coalesce((SELECT a.thread_key FROM json_each(?3) m CROSS JOIN contact_aliases a ON a.org_id = ?1 AND a.channel = ?2 AND a.alias = m.value ORDER BY m.key LIMIT 1), ?4)
       FROM json_each(?3) n`,
      channel,
      JSON.stringify(names),
      names[0]!,
    ),
    db.sql(
      "SELECT alias, thread_key FROM contact_aliases WHERE org_id = ?1 AND channel = ?2 AND alias IN (SELECT value FROM json_each(?3))",
      channel,
      JSON.stringify(names),
    ),
    db.sql(
      "SELECT name FROM contacts WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND name_source = 'agent' LIMIT 1",
      JSON.stringify(contactIds),
    ),
  ]);
  const givenName = (named!.results as { name: string | null }[])[0]?.name ?? null;
  const rows = found!.results as { alias: string; thread_key: string }[];
  return new Map(rows.map((row) => [row.alias, { threadKey: row.thread_key, givenName }]));
}
