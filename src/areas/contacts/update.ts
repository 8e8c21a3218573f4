import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { tagKey } from "../../domain/tag";
import { Email } from "../agents/model";
import { Contact, ContactPath, ContactTags, loadContact, toContact, uniqueTags } from "./model";
import { contactMerged, contactNotFound } from "./problems";
import { searchTerms } from "./terms";

const UpdateContact = z
  .strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .nullable()
      .optional()
      .openapi({ description: "null restores the name from the channel's profile, with the contact's next message" }),
    email: Email.nullable().optional().openapi({ description: "null removes it" }),
    tags: ContactTags.optional().openapi({
      description: "Replaces all tags; at most 50 of up to 50 characters, unique ignoring case",
    }),
    marketing_opted_out: z.boolean().optional().openapi({
      description:
        "true: the contact takes no marketing messages; false: it takes them again, as far as the channel does",
    }),
    email_suppressed: z.boolean().optional().openapi({
      description:
        "true: mails to the contact are refused; false: they are sent again, as far as the mail provider does, also after a bounce or a complaint",
    }),
  })
  .openapi("UpdateContact");

export default operation({
  id: "updateContact",
  summary: "Update a contact",
  description: "A name set here is not overwritten by the channel's profile.",
  params: ContactPath,
  body: UpdateContact,
  response: Contact,
  problems: [changedMeanwhile, contactNotFound, contactMerged],
  handle: ({ ctx, params, body }) => updateContact(ctx, params.id, body),
});

export async function updateContact(ctx: Ctx, id: string, input: z.infer<typeof UpdateContact>): Promise<Contact> {
  const row = await loadContact(ctx, id);
  if (row.merged_into !== null) throw contactMerged(row.merged_into);
  const before = toContact(ctx, row);
  const { name, phone_number, user_id, username, email, name_source, marketing_decided_at, email_decided_at } = row;
  // A given name is the agent's even if it equals the profile's, so that the profile does not overwrite it.
  const source = input.name === undefined ? name_source : input.name === null ? "channel" : "agent";
  const { marketing_opted_out: optsOut, email_suppressed: suppresses, ...others } = input;
  // Later than the decision that it changes, whatever the channel's clock says.
  const decidedAt = Math.max(ctx.now(), (marketing_decided_at ?? 0) + 1);
  const emailAt = Math.max(ctx.now(), (email_decided_at ?? 0) + 1);
  const decidesEmail = suppresses !== undefined && suppresses !== (before.email_suppressed_at !== null);
  const decides = optsOut !== undefined && optsOut !== (before.marketing_opted_out_at !== null);
  const { after } = await changeRow(ctx, {
    table: "contacts",
    id,
    before,
    input: {
      ...others,
      tags: input.tags && uniqueTags(input.tags),
      ...(decides && {
        marketing_opted_out_at: optsOut ? new Date(decidedAt).toISOString() : null,
        marketing_source: "agent",
      }),
      ...(decidesEmail && {
        email_suppressed_at: suppresses ? new Date(emailAt).toISOString() : null,
        email_suppressed_reason: suppresses ? "agent" : null,
      }),
    },
    columns: (changed) => ({
      ...(decides && { marketing_opted_out_at: optsOut ? decidedAt : null, marketing_decided_at: decidedAt }),
      ...(decidesEmail && { email_suppressed_at: suppresses ? emailAt : null, email_decided_at: emailAt }),
      tag_keys: JSON.stringify(changed.tags.map(tagKey)),
      terms: JSON.stringify(searchTerms({ name: changed.name, phone_number, user_id, username, email: changed.email })),
      name_source: source,
    }),
    alsoChanged: source === name_source ? {} : { name_source: [name_source, source] },
    event: (changed) => happened("contact.updated", id, changed),
    // The search terms are computed from all of these but the last two, by which the newest decisions count.
    // Those that are merged into it have its name.
    first: (changes) =>
      changes["name"] || source !== name_source ? [nameMerged(ctx, id, input.name ?? null, source)] : [],
    decidedBy: { name, phone_number, user_id, username, email, name_source, marketing_decided_at, email_decided_at },
    missing: contactNotFound,
  });
  return after;
}

const nameMerged = (ctx: Ctx, id: string, name: string | null, source: string): D1PreparedStatement =>
  ctx.db.sql(
    `UPDATE contacts SET name = ?3, name_source = ?4, terms = json_patch(terms, ?5), updated_at = ?6 WHERE org_id = ?1 AND merged_into = ?2`,
    id,
    name,
    source,
    JSON.stringify({ name: searchTerms({ name }).name ?? null }),
    ctx.now(),
  );
