import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { tagKey } from "../../domain/tag";
import { commit } from "../../kit/commit";
import { changedMeanwhile, invalidRequest } from "../../kit/problem";
import { Contact, ContactPath, type ContactRow, findContact, loadContact, toContact, uniqueTags } from "./model";
import { contactMerged, contactNotFound, contactUnknown } from "./problems";
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
  problems: [changedMeanwhile, contactNotFound, contactUnknown, contactMerged],
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
  const [after, now] = [union(kept, other), ctx.now()];
  const { name, email, phone_number, user_id, username, name_source } = after;
  const terms = searchTerms({ name, phone_number, user_id, username, email });
  await commit(ctx, {
    write: [
      ctx.db.update(
        "contacts",
        { id, merged_into: null, name: kept.name, email: kept.email, tags: kept.tags },
        {
          name,
          name_source,
          email,
          tags: after.tags,
          tag_keys: JSON.stringify((JSON.parse(after.tags) as string[]).map(tagKey)),
          marketing_opted_out_at: after.marketing_opted_out_at,
          marketing_source: after.marketing_source,
          marketing_decided_at: after.marketing_decided_at,
          terms: JSON.stringify(terms),
          updated_at: now,
        },
      ),
      // Those that were merged into the other one too. Nothing changes if either has been merged meanwhile.
      ctx.db.sql(
        `UPDATE contacts SET merged_into = ?2, name = coalesce(?4, name), name_source = iif(?4 IS NULL, name_source, 'agent'),
           terms = json_patch(terms, ?5), updated_at = ?6
         WHERE org_id = ?1 AND (id = ?3 OR merged_into = ?3)
           AND (SELECT count(*) FROM contacts WHERE org_id = ?1 AND id IN (?2, ?3) AND merged_into IS NULL) = 2`,
        id,
        otherId,
        name,
        JSON.stringify({ ...(terms.name !== undefined && { name: terms.name }) }),
        now,
      ),
    ],
    events: [happened("contact.merged", id, { merged_contact_id: [null, otherId], name: [kept.name, name] })],
    mustChange: true,
  });
  return toContact(ctx, { ...after, updated_at: now });
}

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
