import { z } from "@hono/zod-openapi";
import { conversationOf } from "../../objects";
import { changesBetween, commit, newValues } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changedMeanwhile } from "../../kit/problem";
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
  const before = toContact(await loadContact(ctx, id));
  const changes = changesBetween(before, { ...input, tags: input.tags && uniqueTags(input.tags) });
  const isChanged = Object.keys(changes).length > 0;
  const now = ctx.now();
  const after: Contact = {
    ...before,
    ...newValues(changes),
    ...(isChanged && { updated_at: new Date(now).toISOString() }),
  };
  // Who gives the name that the channel says keeps it, too.
  if (!isChanged && input.name === undefined) return before;
  const { name, phone_number, user_id, username, email } = before;
  const [updated] = await commit(ctx, {
    write: [
      ctx.db.update(
        "contacts",
        // What it is found by follows from all of them.
        { id, name, phone_number, user_id, username, email },
        {
          ...newValues(changes),
          terms: JSON.stringify(searchTerms({ name: after.name, phone_number, user_id, username, email: after.email })),
          name_source: input.name === undefined ? undefined : input.name === null ? "channel" : "agent",
          updated_at: isChanged ? now : undefined,
        },
      ),
    ],
    ...(isChanged && {
      activity: { action: "contact.update", entityType: "contact", entityId: id, changes },
      ifChanged: true,
    }),
  });
  if (updated!.meta.changes === 0) throw changedMeanwhile();
  // Also where nothing changes: perhaps it is a second try, because the first did not reach all of them.
  if (input.name !== undefined) await renameInConversations(ctx, id, input.name);
  return after;
}

/** The objects show the name too, in lists and live. A contact has one conversation for each account it writes to. */
async function renameInConversations(ctx: Ctx, contactId: string, name: string | null): Promise<void> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT id FROM conversations INDEXED BY idx_conversations_contact WHERE org_id = ?1 AND contact_id = ?2 LIMIT 100",
    contactId,
  );
  const caller = {
    actor: { kind: ctx.actor.kind, id: ctx.actor.id },
    sees: { all: true, agentId: null, divisionIds: [] },
  };
  await Promise.all(rows.map((row) => conversationOf(ctx, row.id).command({ kind: "rename_contact", name }, caller)));
}

const uniqueTags = (tags: readonly string[]): string[] =>
  [...new Map(tags.toReversed().map((tag) => [tag.toLowerCase(), tag])).values()].toReversed();
