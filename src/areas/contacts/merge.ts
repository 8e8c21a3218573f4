import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { tagKey } from "../../domain/tag";
import { commit } from "../../kit/commit";
import { changedMeanwhile, invalidRequest } from "../../kit/problem";
import { Contact, ContactPath, type ContactRow, findContact, loadContact, toContact, uniqueTags } from "./model";
import { contactBeingErased, contactMerged, contactNotFound, contactUnknown } from "./problems";
import { searchTerms } from "./terms";

const MergeContact = z
  .strictObject({ contact_id: z.uuid().openapi({ description: "The contact that is the same person" }) })
  .openapi("MergeContact");

export default operation({
  id: "mergeContacts",
  summary: "Merge a contact into this one",
  description:
    "For one person on two channels. The other contact disappears from lists and points to this one. Its conversations stay where they are, show this contact's name and are listed with this contact's. This contact also gets the other's tags, and its name, email address and opt-out where it has none. Merging cannot be undone.",
  params: ContactPath,
  body: MergeContact,
  response: Contact,
  problems: [changedMeanwhile, contactNotFound, contactUnknown, contactMerged, contactBeingErased],
  handle: ({ ctx, params, body }) => mergeContacts(ctx, params.id, body.contact_id),
});

export async function mergeContacts(ctx: Ctx, id: string, otherId: string): Promise<Contact> {
  const kept = await loadContact(ctx, id);
  const other = await findContact(ctx, otherId);
  if (!other) throw contactUnknown();
  if (id === otherId) throw invalidRequest("contact_id: the contact itself");
  if (kept.merged_into !== null) throw contactMerged(kept.merged_into);
  if (other.merged_into === id) return toContact(ctx, kept);
  if (other.merged_into !== null) throw contactMerged(other.merged_into);
  if (await isBeingErased(ctx, [id, otherId])) throw contactBeingErased();
  const [after, now] = [union(kept, other), ctx.now()];
  const { name, email, phone_number, user_id, username, name_source } = after;
  const terms = searchTerms({ name, phone_number, user_id, username, email });
  await commit(ctx, {
    write: [
      // Those that were merged into the other one too.
      ctx.db.sql(
        `UPDATE contacts SET merged_into = ?2, name = coalesce(?4, name), name_source = iif(?4 IS NULL, name_source, 'agent'),
           terms = json_patch(terms, ?5), updated_at = ?6
         WHERE org_id = ?1 AND (id = ?3 OR merged_into = ?3) AND EXISTS (SELECT 1 FROM contacts o WHERE o.org_id = ?1 AND o.id = ?3 AND ${isAsRead("o", 7)})
           AND NOT EXISTS (SELECT 1 FROM contact_erasures e WHERE e.org_id = ?1 AND e.contact_id IN (?2, ?3) AND e.next_at IS NOT NULL)`,
        id,
        otherId,
        name,
        JSON.stringify({ ...(terms.name !== undefined && { name: terms.name }) }),
        now,
        ...merging(other),
      ),
      // Nothing changes unless both are as they were read, and neither has been merged meanwhile.
      ctx.db.sql(
        `UPDATE contacts AS k SET name = ?4, name_source = ?5, email = ?6, tags = ?7, tag_keys = ?8, marketing_opted_out_at = ?9,
           marketing_source = ?10, marketing_decided_at = ?11, terms = ?12, updated_at = ?13
         WHERE k.org_id = ?1 AND k.id = ?2 AND ${isAsRead("k", 14)} AND EXISTS (SELECT 1 FROM contacts o WHERE o.org_id = ?1 AND o.id = ?3 AND o.merged_into = ?2)`,
        id,
        otherId,
        name,
        name_source,
        email,
        after.tags,
        JSON.stringify((JSON.parse(after.tags) as string[]).map(tagKey)),
        after.marketing_opted_out_at,
        after.marketing_source,
        after.marketing_decided_at,
        JSON.stringify(terms),
        now,
        ...merging(kept),
      ),
    ],
    events: [happened("contact.merged", id, { merged_contact_id: [null, otherId], name: [kept.name, name] })],
    mustChange: true,
  });
  return toContact(ctx, { ...after, updated_at: now });
}

/** The condition of a merge in SQL: compares the contact named so with the values of `merging`, from this parameter on. */
const isAsRead = (of: string, from: number): string =>
  `${of}.merged_into IS NULL AND ${["name", "email", "tags", "marketing_decided_at"].map((column, i) => `${of}.${column} IS ?${from + i}`).join(" AND ")}`;
const merging = ({ name, email, tags, marketing_decided_at: decidedAt }: ContactRow) => [name, email, tags, decidedAt];

/** The contact with what only the other one has. From now on its name is given, so that both keep one name. */
function union(kept: ContactRow, other: ContactRow): ContactRow {
  const name = kept.name ?? other.name;
  const tags = uniqueTags([...(JSON.parse(kept.tags) as string[]), ...(JSON.parse(other.tags) as string[])]);
  const { marketing_opted_out_at, marketing_source, marketing_decided_at } =
    kept.marketing_opted_out_at === null && other.marketing_opted_out_at !== null ? other : kept;
  return {
    ...kept,
    name,
    name_source: name === null ? kept.name_source : "agent",
    email: kept.email ?? other.email,
    tags: JSON.stringify(tags),
    marketing_opted_out_at,
    marketing_source,
    marketing_decided_at,
  };
}

async function isBeingErased(ctx: Ctx, contactIds: readonly string[]): Promise<boolean> {
  const rows = await ctx.db.query(
    "SELECT 1 FROM contact_erasures WHERE org_id = ?1 AND contact_id IN (SELECT value FROM json_each(?2)) AND next_at IS NOT NULL",
    JSON.stringify(contactIds),
  );
  return rows.length > 0;
}
