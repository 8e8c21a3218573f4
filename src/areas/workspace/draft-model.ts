import { z } from "@hono/zod-openapi";
import { OBJECT_ID_PATTERN } from "../../kit/id";

const Kind = z.enum(["reply", "note"]).openapi({ description: "An answer and a note are separate drafts" });

const Addresses = z.array(z.string().max(320)).max(100);

/** The composer's content. It is checked when it is sent, not while it is written. */
export const DraftContent = z
  .strictObject({
    text: z.string().max(65_536),
    subject: z.string().max(1000).optional(),
    to: Addresses.optional(),
    cc: Addresses.optional(),
    bcc: Addresses.optional(),
    reply_to: z.string().regex(OBJECT_ID_PATTERN).optional().openapi({ description: "Id of a message" }),
    media_ids: z.array(z.uuid()).max(30).optional().openapi({ description: "Ids of uploads" }),
  })
  .openapi("DraftContent");

const Version = z
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .openapi({ description: "Grows with each change, for example the client's clock in milliseconds" });

export const SaveDraft = z
  .strictObject({
    kind: Kind,
    content: DraftContent.nullable().openapi({ description: "null: it was sent or thrown away" }),
    version: Version,
  })
  .openapi("SaveDraft");

export const Draft = z
  .object({
    conversation_id: z.uuid(),
    kind: Kind,
    content: DraftContent.nullable(),
    version: Version,
    updated_at: z.iso.datetime(),
  })
  .openapi("Draft");
export type Draft = z.infer<typeof Draft>;

export interface DraftRow {
  conversation_id: string;
  kind: Draft["kind"];
  content: string | null;
  version: number;
  updated_at: number;
}

export const toDraft = (row: DraftRow): Draft => ({
  ...row,
  content: row.content === null ? null : (JSON.parse(row.content) as Draft["content"]),
  updated_at: new Date(row.updated_at).toISOString(),
});
