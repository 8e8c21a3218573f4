import { z } from "@hono/zod-openapi";
import { conversationOf } from "../../../durable-objects/stubs";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { Email } from "../agents/model";
import { Contact, ContactPath, type ContactRow, loadContact, toContact } from "./model";
import { contactNotFound } from "./problems";
import { searchTerms } from "./terms";

const UpdateContact = z
  .strictObject({
    name: z.string().trim().min(1).max(200).nullable().optional().openapi({ description: "null: what the channel's profile says, from its next message on" }),
    email: Email.nullable().optional(),
    tags: z.array(z.string().trim().min(1).max(50)).max(50).optional(),
  })
  .openapi("UpdateContact");

export const update = operation({
  id: "updateContact",
  tag: "Contacts",
  summary: "Update a contact",
  description: "A name given here is not overwritten by the channel's profile.",
  method: "patch",
  path: "/api/contacts/{id}",
  permission: "contacts.update",
  params: ContactPath,
  body: UpdateContact,
  response: Contact,
  problems: [contactNotFound],
  handle: ({ ctx, params, body }) => updateContact(ctx, params.id, body),
});

export async function updateContact(ctx: Ctx, id: string, input: z.infer<typeof UpdateContact>): Promise<Contact> {
  const before = await loadContact(ctx, id);
  const after: ContactRow = {
    ...before,
    name: input.name === undefined ? before.name : input.name,
    email: input.email === undefined ? before.email : input.email,
    tags: input.tags === undefined ? before.tags : JSON.stringify(uniqueTags(input.tags)),
    updated_at: ctx.now(),
  };
  const changes = changesBetween(
    { name: before.name, email: before.email, tags: JSON.parse(before.tags) },
    { name: after.name, email: after.email, tags: JSON.parse(after.tags) },
  );
  if (Object.keys(changes).length === 0) return toContact(before);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `UPDATE contacts SET name = ?3, email = ?4, tags = ?5, search_terms = ?6, updated_at = ?7, name_source = iif(?8 = '', name_source, ?8)
         WHERE org_id = ?1 AND id = ?2`,
        id,
        after.name,
        after.email,
        after.tags,
        searchTerms(after.name, [after.phone_number, after.user_id, after.username, after.email]),
        after.updated_at,
        input.name === undefined ? "" : input.name === null ? "channel" : "agent",
      ),
    ],
    activity: { action: "contact.update", entityType: "contact", entityId: id, changes },
  });
  if ("name" in changes) await renameInConversations(ctx, id, input.name ?? null);
  return toContact(after);
}

/** The objects show the name too, in lists and live. A contact has one conversation for each account it writes to. */
async function renameInConversations(ctx: Ctx, contactId: string, name: string | null): Promise<void> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT id FROM conversations INDEXED BY idx_conversations_contact WHERE org_id = ?1 AND contact_id = ?2 LIMIT 100",
    contactId,
  );
  const caller = { actor: { kind: ctx.actor.kind, id: ctx.actor.agentId }, sees: { all: true, agentId: null, divisionIds: [] } };
  await Promise.all(rows.map((row) => conversationOf(ctx, row.id).command({ kind: "rename_contact", name }, caller)));
}

const uniqueTags = (tags: readonly string[]): string[] => [...new Map(tags.toReversed().map((tag) => [tag.toLowerCase(), tag])).values()].toReversed();
