import type { Ctx } from "../../domain/context";
import { contactIdOf } from "../../domain/ids";
import type { People } from "../../domain/campaign-api";
import { nameOfAddress } from "../../kit/phone-number";
import { campaignOf } from "../../objects";

const AT_ONCE = 20;

/** The numbers and email addresses of contacts that are still there, in the form in which campaigns have them. */
export async function addressesOf(ctx: Ctx, contactIds: readonly string[]): Promise<string[]> {
  const ids = JSON.stringify(contactIds);
  const contacts = await ctx.db.query<{ phone_number: string | null; email: string | null }>(
    "SELECT phone_number, email FROM contacts WHERE +org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    ids,
  );
  const aliases = await ctx.db.query<{ channel: string; alias: string; thread_key: string }>(
    `SELECT DISTINCT a.channel, a.alias, a.thread_key FROM contacts k CROSS JOIN contact_aliases a ON a.org_id = k.org_id AND a.channel = k.channel_source
     WHERE k.org_id = ?1 AND k.id IN (SELECT value FROM json_each(?2)) AND substr(a.alias, 1, 1) = '+'`,
    ids,
  );
  const own = aliases.filter((row) => contactIds.includes(contactIdOf(ctx.orgId, row.channel, row.thread_key)));
  const numbers = [...contacts.map(({ phone_number }) => phone_number), ...own.map(({ alias }) => alias)];
  const emails = contacts.map(({ email }) => email?.toLowerCase());
  return [...new Set([...numbers.map((number) => number && nameOfAddress(number)), ...emails])].filter(
    (address) => typeof address === "string" && address !== "",
  ) as string[];
}

/**
 * Takes people out of all campaigns of the organization: any may have been filled with them. Throws while an import goes
 * on, which may add them again.
 */
export async function eraseFromCampaigns(ctx: Ctx, people: People, requestedAt: number): Promise<void> {
  const campaigns = await ctx.db.query<{ id: string }>("SELECT id FROM campaigns WHERE org_id = ?1");
  let isAll = true;
  for (let at = 0; at < campaigns.length; at += AT_ONCE) {
    const some = campaigns.slice(at, at + AT_ONCE);
    const done = await Promise.all(some.map(({ id }) => campaignOf(ctx, id).forget(people)));
    isAll &&= done.every(Boolean);
  }
  if (!isAll) throw new Error("recipients are imported into a campaign");
  // No import needs them: those of an upload that broke off.
  const files = await ctx.env.MEDIA.list({ prefix: `${ctx.orgId}/campaigns/` });
  const old = files.objects.filter(({ uploaded }) => uploaded.getTime() <= requestedAt);
  if (old.length > 0) await ctx.env.MEDIA.delete(old.map(({ key }) => key));
}
