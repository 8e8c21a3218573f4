import type { Channel, ChannelUpdate, Party } from "../../channels/channel";
import { tenantD1 } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { contactIdOf, UUID_PATTERN } from "../../kit/id";
import type { Route } from "./routes";

/** Which thread an update belongs to: the person's address where there is one (docs/adr/0003). */

/** Who the update is about; undefined for what is not about a person. */
export const partyOf = (update: ChannelUpdate): Party | undefined => ("from" in update ? update.from : "to" in update ? update.to : undefined);

/** Our own reference, where the channel sent it back: `<conversation>.<message>`. */
export function referenceOf(update: ChannelUpdate): { conversationId: string; messageId: string } | undefined {
  if (update.kind !== "status" || !update.messageId) return undefined;
  const [conversationId = "", messageId = ""] = update.messageId.split(".");
  return UUID_PATTERN.test(conversationId) ? { conversationId, messageId } : undefined;
}

interface Alias {
  alias: string;
  thread_key: string;
}

export interface Thread {
  threadKey: string;
  /** What an agent named the person, who may be known from another account. */
  givenName: string | null;
}

/**
 * Joins the names of one person. The first name under which a thread began keeps it, whatever comes at the same time: the
 * table takes one row for a name. One round trip; asked only for an object that is new, or for a person without an address.
 */
export async function joinAliases(ctx: PublicCtx, route: Route, channel: Channel, party: Party): Promise<Thread> {
  const preferred = party.address ?? party.userId!;
  const names = [party.address, party.userId].filter((name) => name !== undefined);
  const db = new TenantDatabase(tenantD1(ctx.env, route.tenantDb), route.orgId, ctx.cost, "first-primary");
  const contactIds = names.map((name) => contactIdOf(route.orgId, channel, name));
  const [, found, named] = await db.batch([
    db.sql(
      `INSERT OR IGNORE INTO contact_aliases (org_id, channel, alias, thread_key)
       SELECT ?1, ?2, n.value, coalesce((SELECT a.thread_key FROM contact_aliases a JOIN json_each(?3) m ON a.alias = m.value WHERE a.org_id = ?1 AND a.channel = ?2 LIMIT 1), ?4)
       FROM json_each(?3) n`,
      channel,
      JSON.stringify(names),
      preferred,
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
  const rows = found!.results as Alias[];
  return {
    threadKey: rows.find((row) => row.alias === party.address)?.thread_key ?? rows.find((row) => row.alias === party.userId)?.thread_key ?? preferred,
    givenName: (named!.results as { name: string | null }[])[0]?.name ?? null,
  };
}
