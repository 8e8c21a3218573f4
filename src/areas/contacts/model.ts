import { z } from "@hono/zod-openapi";
import { CHANNELS } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { signedLink } from "../../domain/media-links";
import { idPath } from "../../kit/id-path";
import { tagKey } from "../../domain/tag";
import { contactNotFound } from "./problems";

export const ContactPath = idPath("contact");

export const Contact = z
  .object({
    id: z.uuid(),
    channel_source: z.enum(CHANNELS).openapi({ description: "The channel the contact writes on" }),
    tags: z.array(z.string()),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    phone_number: z.string().nullable().openapi({ description: "Digits with the country code; null if not known" }),
    name: z
      .string()
      .nullable()
      .openapi({ description: "Name set by an agent, else from the channel's profile; null if not known" }),
    email: z.string().nullable().openapi({ description: "Null if not known" }),
    user_id: z.string().nullable().openapi({ description: "The contact's id on the channel, scoped to the business" }),
    username: z.string().nullable().openapi({ description: "The contact's username on the channel" }),
    marketing_opted_out_at: z.iso.datetime().nullable().openapi({
      description: "Since when the contact takes no marketing messages, which are then refused; null if it takes them",
    }),
    marketing_source: z.enum(["customer", "channel", "agent"]).nullable().openapi({
      description:
        "The party that decided last: the `customer` on the channel, the `channel` by refusing a message for that reason, an `agent` here; null if nobody did",
    }),
    email_suppressed_at: z.iso.datetime().nullable().openapi({
      description: "Since when mails to the contact are refused; null if they are not",
    }),
    email_suppressed_reason: z.enum(["bounce", "complaint", "agent"]).nullable().openapi({
      description:
        "Why: the mailbox does not exist (`bounce`), the contact marked a mail as spam (`complaint`), or an `agent` decided it; null if mails are not refused",
    }),
    picture_url: z.string().nullable().openapi({
      description:
        "A link to the contact's picture on the channel, which works for one to two hours; null if not known",
    }),
    merged_into: z.uuid().nullable().openapi({
      description: "The contact that is the same person and is kept; lists omit this one then. Null if there is none",
    }),
  })
  .openapi("Contact");
export type Contact = z.infer<typeof Contact>;

export interface ContactRow {
  id: string;
  channel_source: Contact["channel_source"];
  tags: string;
  phone_number: string | null;
  user_id: string | null;
  username: string | null;
  /** The key in R2. */
  picture: string | null;
  name: string | null;
  name_source: "channel" | "agent";
  email: string | null;
  marketing_opted_out_at: number | null;
  marketing_source: Contact["marketing_source"];
  marketing_decided_at: number | null;
  email_suppressed_at: number | null;
  email_suppressed_reason: Contact["email_suppressed_reason"];
  email_decided_at: number | null;
  merged_into: string | null;
  created_at: number;
  updated_at: number;
}

export const CONTACT_COLUMNS =
  "k.id, k.channel_source, k.tags, k.phone_number, k.user_id, k.username, k.picture, k.name, k.name_source, k.email, k.marketing_opted_out_at, k.marketing_source, k.marketing_decided_at, k.email_suppressed_at, k.email_suppressed_reason, k.email_decided_at, k.merged_into, k.created_at, k.updated_at";

const timeOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export function toContact(ctx: Ctx, row: ContactRow): Contact {
  const { name_source: _source, marketing_decided_at: _at, email_decided_at: _emailAt, picture, ...shown } = row;
  return {
    ...shown,
    picture_url: picture === null ? null : signedLink(ctx.config, picture, ctx.now()),
    tags: JSON.parse(row.tags) as string[],
    marketing_opted_out_at: timeOf(row.marketing_opted_out_at),
    email_suppressed_at: timeOf(row.email_suppressed_at),
    created_at: new Date(row.created_at).toISOString(),
    updated_at: new Date(row.updated_at).toISOString(),
  };
}

/** In SQL, the ids of a contact and of those that are merged into it. `id`: its parameter. */
export const personSql = (id: string): string =>
  `SELECT ${id} UNION ALL SELECT id FROM contacts WHERE org_id = ?1 AND merged_into = ${id}`;

export const ContactTags = z.array(z.string().trim().min(1).max(50)).max(50);

/** The first spelling of each tag. */
export const uniqueTags = (tags: readonly string[]): string[] =>
  [...new Map(tags.toReversed().map((tag) => [tagKey(tag), tag])).values()].toReversed();

export async function findContact(ctx: Ctx, id: string): Promise<ContactRow | undefined> {
  const [row] = await ctx.db.query<ContactRow>(
    `SELECT ${CONTACT_COLUMNS} FROM contacts k WHERE k.org_id = ?1 AND k.id = ?2`,
    id,
  );
  return row;
}

/** Throws `contact_not_found`. */
export async function loadContact(ctx: Ctx, id: string): Promise<ContactRow> {
  const row = await findContact(ctx, id);
  if (!row) throw contactNotFound();
  return row;
}
