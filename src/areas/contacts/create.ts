import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { aliasesOf, namesOf, threadOf } from "../../domain/identity";
import { contactIdOf } from "../../domain/ids";
import { operation } from "../../domain/operation";
import { tagKey } from "../../domain/tag";
import { commit } from "../../kit/commit";
import { isUniqueViolation } from "../../kit/database";
import { orgToken } from "../../kit/id";
import { invalidRequest } from "../../kit/problem";
import { Email } from "../agents/model";
import { Aliases } from "../ingest/thread";
import { Contact, type ContactRow, ContactTags, findContact, toContact, uniqueTags } from "./model";
import { contactExists } from "./problems";
import { searchTerms } from "./terms";

const PhoneNumber = z
  .string()
  .trim()
  .overwrite((text) => text.replaceAll(/[\s().-]/g, ""))
  .regex(/^\+?[1-9]\d{6,14}$/, "must be a number with its country code, such as +6281234567890")
  .overwrite((text) => (text.startsWith("+") ? text : `+${text}`));

const CreateContact = z
  .strictObject({
    channel: z.enum(CHANNELS).openapi({ description: "The channel that the contact is to be known on" }),
    phone_number: PhoneNumber.optional().openapi({
      description: "With the country code; on channels of phone numbers",
      example: "+6281234567890",
    }),
    email: Email.optional().openapi({ description: "Required on the channel `email`" }),
    user_id: z
      .string()
      .trim()
      .regex(/^[\w.:-]{1,128}$/)
      .optional()
      .openapi({ description: "The person's id on the channel, scoped to the business" }),
    name: z.string().trim().min(1).max(200).optional(),
    tags: ContactTags.default([]),
  })
  .openapi("CreateContact");

export default operation({
  id: "createContact",
  summary: "Create a contact",
  description:
    "For a person who has not written yet. The id is derived from the person's name on the channel (the number, address or user id), so the first message finds the contact.",
  body: CreateContact,
  response: Contact,
  status: 201,
  idempotent: "stored",
  problems: [contactExists],
  handle: ({ ctx, body }) => createContact(ctx, body),
});

export async function createContact(ctx: Ctx, input: z.output<typeof CreateContact>): Promise<Contact> {
  const [id, now] = [await idOf(ctx, input), ctx.now()];
  const { channel, name = null, phone_number = null, email = null, user_id = null } = input;
  const tags = uniqueTags(input.tags);
  const known = await findContact(ctx, id);
  if (known) throw contactExists(known.merged_into ?? id);
  const row: ContactRow = {
    ...NOTHING_KNOWN,
    id,
    channel_source: channel,
    phone_number,
    user_id,
    email,
    name,
    name_source: name === null ? "channel" : "agent",
    tags: JSON.stringify(tags),
    created_at: now,
    updated_at: now,
  };
  const columns = {
    ...row,
    tag_keys: JSON.stringify(tags.map(tagKey)),
    org_token: orgToken(ctx.orgId),
    terms: JSON.stringify(searchTerms({ name, phone_number, user_id, email })),
  };
  const names = Object.keys(columns);
  const answer = toContact(ctx, row);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO contacts (org_id, ${names.join(", ")}) VALUES (?1, ${names.map((_, i) => `?${i + 2}`).join(", ")})`,
        ...Object.values(columns),
      ),
    ],
    events: [
      happened("contact.created", id, {
        channel_source: channel,
        name,
        phone_number,
        ...(email !== null && { email }),
        user_id,
      }),
    ],
    answer,
    status: 201,
  }).catch((error: unknown) => {
    throw isUniqueViolation(error, "contacts.id") ? contactExists(id) : error;
  });
  return answer;
}

const NOTHING_KNOWN = {
  username: null,
  picture: null,
  marketing_opted_out_at: null,
  marketing_source: null,
  marketing_decided_at: null,
  email_suppressed_at: null,
  email_suppressed_reason: null,
  email_decided_at: null,
  merged_into: null,
} as const;

/** The contact's id. The alias table has the person's names when it returns, as after a first message. */
async function idOf(ctx: Ctx, input: z.output<typeof CreateContact>): Promise<string> {
  const { channel, phone_number: address, email, user_id: userId } = input;
  const kind = adapterOf(channel)?.capabilities.address;
  if (address !== undefined && kind !== "phone") throw invalidRequest(`phone_number: not on ${channel}`);
  if (userId !== undefined && kind === "email") throw invalidRequest(`user_id: not on ${channel}`);
  if (kind === "email") {
    if (email === undefined) throw invalidRequest("email: required");
    return contactIdOf(ctx.orgId, channel, email);
  }
  if (address === undefined && userId === undefined)
    throw invalidRequest(kind === "phone" ? "phone_number or user_id: required" : "user_id: required");
  const names = namesOf(
    kind === "id" ? { address: userId! } : { ...(address && { address }), ...(userId && { userId }) },
  );
  const aliases = new Aliases(ctx, { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb }, channel);
  const threadKey = await aliases.decide(aliasesOf(names), (rows) => threadOf(rows, { names, at: ctx.now() }));
  return contactIdOf(ctx.orgId, channel, threadKey);
}
