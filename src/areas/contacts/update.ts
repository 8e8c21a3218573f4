import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { changeRow } from "../../kit/change-row";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
import { tagKey } from "../../domain/tag";
import { Email } from "../agents/model";
import { Contact, ContactPath, loadContact, toContact } from "./model";
import { contactNotFound } from "./problems";
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
    tags: z
      .array(z.string().trim().min(1).max(50))
      .max(50)
      .optional()
      .openapi({ description: "Replaces all tags; at most 50 of up to 50 characters, unique ignoring case" }),
  })
  .openapi("UpdateContact");

export default operation({
  id: "updateContact",
  summary: "Update a contact",
  description: "A name set here is not overwritten by the channel's profile.",
  params: ContactPath,
  body: UpdateContact,
  response: Contact,
  problems: [changedMeanwhile, contactNotFound],
  handle: ({ ctx, params, body }) => updateContact(ctx, params.id, body),
});

export async function updateContact(ctx: Ctx, id: string, input: z.infer<typeof UpdateContact>): Promise<Contact> {
  const row = await loadContact(ctx, id);
  const before = toContact(row);
  const { name, phone_number, user_id, username, email, name_source } = row;
  // A given name is the agent's even if it equals the profile's, so that the profile does not overwrite it.
  const source = input.name === undefined ? name_source : input.name === null ? "channel" : "agent";
  const { after } = await changeRow(ctx, {
    table: "contacts",
    id,
    before,
    input: { ...input, tags: input.tags && uniqueTags(input.tags) },
    columns: (changed) => ({
      terms: JSON.stringify(searchTerms({ name: changed.name, phone_number, user_id, username, email: changed.email })),
      name_source: source,
    }),
    alsoChanged: source === name_source ? {} : { name_source: [name_source, source] },
    event: (changed) => happened("contact.updated", id, changed),
    // The search terms are computed from all of these.
    decidedBy: { name, phone_number, user_id, username, email, name_source },
    missing: contactNotFound,
  });
  return after;
}

const uniqueTags = (tags: readonly string[]): string[] =>
  [...new Map(tags.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed();
