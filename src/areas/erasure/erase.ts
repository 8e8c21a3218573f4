import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { operation } from "../../domain/operation";
import { commit, retryOnConflict } from "../../kit/commit";
import { changedMeanwhile } from "../../kit/problem";
import { eraseDue } from "./erase-due";
import { ContactErasure, findErasure, toErasure } from "./erasure-model";
import { ContactPath, loadContact } from "../contacts/model";
import { contactMerged, contactNotFound } from "../contacts/problems";

export default operation({
  id: "eraseContact",
  summary: "Erase a contact",
  description:
    "Erases the contact and those merged into it with their conversations, messages, notes, files, surveys, scheduled messages, search entries, webhook deliveries and the contents of log entries. Figures of analytics stay. The work goes on after the answer; `GET /api/contacts/{id}/erasure` shows its end. Messages from before the request that a channel delivers again are dropped; a person who writes again is a new contact.",
  params: ContactPath,
  response: ContactErasure,
  status: 202,
  problems: [contactNotFound, contactMerged, changedMeanwhile],
  handle: ({ ctx, params }) => eraseContact(ctx, params.id),
});

export async function eraseContact(ctx: Ctx, id: string): Promise<z.infer<typeof ContactErasure>> {
  const begins = await retryOnConflict(() => requestErasure(ctx, id));
  if (begins) ctx.background(eraseDue(ctx, [id]));
  return toErasure((await findErasure(ctx, id))!);
}

/** Returns false if an erasure is under way. Throws `changed_meanwhile` if the contact was merged meanwhile, or another call was first. */
async function requestErasure(ctx: Ctx, id: string): Promise<boolean> {
  const running = await findErasure(ctx, id);
  if (running?.next_at != null) return false;
  const { merged_into: keptId } = await loadContact(ctx, id);
  if (keptId !== null) throw contactMerged(keptId);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO contact_erasures (org_id, contact_id, requested_by, requested_at, next_at)
         SELECT ?1, ?2, ?3, ?4, ?4 WHERE EXISTS (SELECT 1 FROM contacts WHERE org_id = ?1 AND id = ?2 AND merged_into IS NULL)
         ON CONFLICT DO UPDATE SET requested_by = excluded.requested_by, requested_at = excluded.requested_at, next_at = excluded.next_at,
           erased_at = NULL, passes = 0, attempts = 0, conversations = 0, files = 0, last_error = NULL, finished_at = NULL WHERE next_at IS NULL`,
        id,
        ctx.actor.id,
        ctx.now(),
      ),
    ],
    events: [happened("contact.erasure_requested", id)],
    mustChange: true,
  });
  return true;
}
