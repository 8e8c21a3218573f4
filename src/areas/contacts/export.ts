import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import type { ConversationApi } from "../../domain/object-apis";
import { operation } from "../../domain/operation";
import { conversationOf } from "../../objects";
import { Contact, CONTACT_COLUMNS, ContactPath, type ContactRow, loadContact, personSql, toContact } from "./model";
import { contactNotFound } from "./problems";

const Rows = z.array(z.record(z.string(), z.unknown()));
const ContactExport = z
  .object({
    contact: Contact,
    merged_contacts: z.array(Contact),
    conversations: z.array(
      z.object({
        conversation: z.record(z.string(), z.unknown()),
        transfers: Rows,
        surveys: Rows,
        scheduled_messages: Rows,
        notes: Rows,
        messages: Rows.openapi({
          description: "In pages of 100, the newest page first; files are links that work for an hour",
        }),
      }),
    ),
  })
  .openapi("ContactExport");

export default operation({
  id: "exportContact",
  summary: "Export a contact",
  description: "Everything that is known of one person, as one JSON document: for the person who asks for it.",
  params: ContactPath,
  response: ContactExport,
  problems: [contactNotFound],
  handle: ({ ctx, params }) => exportContact(ctx, params.id),
});

const SEES_ALL = { all: true, agentId: null, divisionIds: [] };
const PAGE = 100;

/** Written as it is read: a person may have written for years. */
export async function exportContact(ctx: Ctx, id: string): Promise<Response> {
  const contact = toContact(ctx, await loadContact(ctx, id));
  const merged = await ctx.db.query<ContactRow>(
    `SELECT ${CONTACT_COLUMNS} FROM contacts k WHERE k.org_id = ?1 AND k.merged_into = ?2`,
    id,
  );
  const head = { contact, merged_contacts: merged.map((row) => toContact(ctx, row)) };
  const parts = textOf(ctx, id, JSON.stringify(head));
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, done } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      "content-disposition": `attachment; filename="contact-${id}.json"`,
    },
  });
}

async function* textOf(ctx: Ctx, contactId: string, head: string): AsyncGenerator<string> {
  yield `${head.slice(0, -1)},"conversations":[`;
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT id FROM conversations WHERE org_id = ?1 AND contact_id IN (${personSql("?2")}) ORDER BY created_at`,
    contactId,
  );
  let separator = "";
  for (const { id } of rows) {
    const object = conversationOf(ctx, id);
    const conversation = await object.view(SEES_ALL);
    if (!conversation) continue;
    const [transfers, surveys, scheduled] = await tablesOf(ctx, id);
    const rest = { conversation, transfers, surveys, scheduled_messages: scheduled, notes: await notesOf(object) };
    yield `${separator}${JSON.stringify(rest).slice(0, -1)},"messages":[`;
    yield* messagesOf(object);
    yield "]}";
    separator = ",";
  }
  yield "]}";
}

const tablesOf = (ctx: Ctx, conversationId: string): Promise<[object[], object[], object[]]> =>
  ctx.db.queryAll<[object[], object[], object[]]>([
    ctx.db.sql(
      "SELECT transferred_by, from_agent_id, to_agent_id, from_division_id, to_division_id, note, created_at FROM conversation_transfers WHERE org_id = ?1 AND conversation_id = ?2",
      conversationId,
    ),
    ctx.db.sql(
      "SELECT status, rating, comment, rated_via, created_at, rated_at FROM csat_surveys WHERE org_id = ?1 AND conversation_id = ?2",
      conversationId,
    ),
    ctx.db.sql(
      "SELECT status, msg_type, content, scheduled_at, sent_at FROM scheduled_messages WHERE org_id = ?1 AND conversation_id = ?2",
      conversationId,
    ),
  ]);

async function notesOf(object: ConversationApi): Promise<object[]> {
  const notes: object[] = [];
  for (let before: string | undefined; ;) {
    const page = (await object.notes(SEES_ALL, before, PAGE)) ?? [];
    notes.push(...page.slice(0, PAGE));
    if (page.length <= PAGE) return notes;
    before = page[PAGE - 1]!.id;
  }
}

async function* messagesOf(object: ConversationApi): AsyncGenerator<string> {
  let separator = "";
  for (let before: string | undefined; ;) {
    const text = await object.messages(SEES_ALL, { before }, PAGE);
    if (!text) return;
    const page = JSON.parse(text) as { messages: unknown[]; next_cursor: string | null };
    for (const message of page.messages) {
      yield separator + JSON.stringify(message);
      separator = ",";
    }
    if (page.next_cursor === null) return;
    before = page.next_cursor;
  }
}
