import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";

export const ContactErasure = z
  .object({
    contact_id: z.uuid(),
    status: z.enum(["running", "done"]).openapi({
      description:
        "`done`: nothing of the contact is left but this row and, in the objects of its conversations, the time of the request, by which redelivered messages are dropped",
    }),
    requested_by: z.uuid().nullable().openapi({ description: "The agent" }),
    requested_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
    conversations: z.int().openapi({ description: "Conversations that were erased so far" }),
    files: z.int().openapi({ description: "Files that were erased so far" }),
    error: z.string().nullable().openapi({ description: "Why the last attempt failed; it is repeated" }),
  })
  .openapi("ContactErasure");

export interface ErasureRow {
  contact_id: string;
  requested_by: string | null;
  requested_at: number;
  contact_ids: string;
  conversation_ids: string;
  addresses: string;
  conversations: number;
  files: number;
  erased_at: number | null;
  passes: number;
  attempts: number;
  last_error: string | null;
  next_at: number | null;
  finished_at: number | null;
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const toErasure = (row: ErasureRow): z.infer<typeof ContactErasure> => ({
  contact_id: row.contact_id,
  status: row.finished_at === null ? "running" : "done",
  requested_by: row.requested_by,
  requested_at: iso(row.requested_at)!,
  finished_at: iso(row.finished_at),
  conversations: row.conversations,
  files: row.files,
  error: row.last_error,
});

export async function findErasure(ctx: Ctx, contactId: string): Promise<ErasureRow | undefined> {
  const [row] = await ctx.db.query<ErasureRow>(
    "SELECT * FROM contact_erasures WHERE org_id = ?1 AND contact_id = ?2",
    contactId,
  );
  return row;
}
