import type { Ctx } from "../../domain/context";
import { happened } from "../../domain/event";
import { MINUTE } from "../../kit/clock";
import { commit } from "../../kit/commit";
import { describeError, logError } from "../../kit/log";
import { conversationOf, inboxOf } from "../../objects";
import { addressesOf, eraseFromCampaigns } from "./erase-campaigns";
import { eraseParked } from "./erase-parked";
import { eraseDeliveries } from "./erase-deliveries";
import type { ErasedConversation } from "./erased";
import { eraseAliases, eraseRows } from "./erase-rows";
import { eraseTexts, mergeFullTexts } from "./erase-texts";
import type { ErasureRow } from "./erasure-model";

const LEASE_MS = 10 * MINUTE;
const MAX_DELAY_MS = 30 * MINUTE;
/** A consumer that read a conversation before it was erased has written its rows by then. */
const SECOND_PASS_MS = 2 * MINUTE;
/** R2 deletes this many files in one call. */
const MAX_FILES = 1000;

/**
 * Erases contacts whose erasure is due. An erased conversation's object keeps the names of its files and notes until
 * they are gone too, so a pass that was cut off is repeated. Returns the number of passes.
 */
export async function eraseDue(ctx: Ctx, ids: readonly string[]): Promise<number> {
  const rows = await ctx.db.query<ErasureRow>(
    `UPDATE contact_erasures SET next_at = ?3 + ${LEASE_MS}, attempts = attempts + 1
     WHERE org_id = ?1 AND contact_id IN (SELECT value FROM json_each(?2)) AND next_at <= ?3 RETURNING *`,
    JSON.stringify(ids),
    ctx.now(),
  );
  for (const row of rows) {
    try {
      await erasePass(ctx, row);
    } catch (error) {
      logError("erasure_delayed", error, { org_id: ctx.orgId, contact_id: row.contact_id });
      await ctx.db
        .sql(
          "UPDATE contact_erasures SET next_at = ?3, last_error = ?4 WHERE org_id = ?1 AND contact_id = ?2",
          row.contact_id,
          ctx.now() + Math.min(MAX_DELAY_MS, 2 ** Math.min(row.attempts, 10) * 1000),
          describeError(error).split("\n")[0]!.slice(0, 200),
        )
        .run();
    }
  }
  return rows.length;
}

async function erasePass(ctx: Ctx, row: ErasureRow): Promise<void> {
  const { contact_id: id, requested_at: at, passes } = row;
  const { contactIds, conversationIds, addresses } = await targetsOf(ctx, row);
  // First, since a campaign would begin an erased conversation again.
  await eraseFromCampaigns(ctx, { addresses, contactIds }, at);
  const erased: ErasedConversation[] = [];
  let files = 0;
  for (const conversationId of conversationIds) {
    const conversation = conversationOf(ctx, conversationId);
    const { files: keys, ...rest } = await conversation.forget(at, false);
    files += await deleteFiles(ctx, conversationId, keys);
    erased.push({ id: conversationId, ...rest });
  }
  await inboxOf(ctx).forget(conversationIds);
  await ctx.env.MEDIA.delete(contactIds.map((contactId) => `${ctx.orgId}/contacts/${contactId}`));
  await eraseParked(ctx, contactIds);
  await eraseAliases(ctx, contactIds);
  const what = { contactIds, conversations: erased, at, until: await contactsEndAt(ctx, id) };
  await eraseTexts(ctx, erased);
  await eraseDeliveries(ctx, what);
  await eraseRows(ctx, what);
  // Their objects name nothing any more but the time.
  for (const conversationId of conversationIds) await conversationOf(ctx, conversationId).forget(at, true);
  const isLast = passes > 0;
  if (isLast) await mergeFullTexts(ctx);
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `UPDATE contact_erasures SET passes = passes + 1, attempts = 0, last_error = NULL, next_at = ?3, finished_at = ?4,
           contact_ids = iif(?4 IS NULL, contact_ids, '[]'), conversation_ids = iif(?4 IS NULL, conversation_ids, '[]'),
           addresses = iif(?4 IS NULL, addresses, '[]'),
           conversations = ?5, files = files + ?6 WHERE org_id = ?1 AND contact_id = ?2`,
        id,
        isLast ? null : ctx.now() + SECOND_PASS_MS,
        isLast ? ctx.now() : null,
        conversationIds.length,
        files,
      ),
    ],
    events: passes === 0 ? [happened("contact.erased", id, { conversation_ids: [conversationIds, null] })] : [],
  });
}

/** The contact, those merged into it, and their conversations from before the request. Durable when it returns. */
async function targetsOf(
  ctx: Ctx,
  row: ErasureRow,
): Promise<{ contactIds: string[]; conversationIds: string[]; addresses: string[] }> {
  const known = JSON.parse(row.contact_ids) as string[];
  const people = await ctx.db.query<{ id: string }>(
    "SELECT id FROM contacts WHERE org_id = ?1 AND merged_into = ?2",
    row.contact_id,
  );
  const contactIds = [...new Set([row.contact_id, ...known, ...people.map(({ id }) => id)])];
  const conversations = await ctx.db.query<{ id: string }>(
    "SELECT id FROM conversations WHERE org_id = ?1 AND contact_id IN (SELECT value FROM json_each(?2)) AND created_at <= ?3",
    JSON.stringify(contactIds),
    row.requested_at,
  );
  const conversationIds = [
    ...new Set([...(JSON.parse(row.conversation_ids) as string[]), ...conversations.map(({ id }) => id)]),
  ];
  const addresses = [...new Set([...(JSON.parse(row.addresses) as string[]), ...(await addressesOf(ctx, contactIds))])];
  await ctx.db
    .sql(
      "UPDATE contact_erasures SET contact_ids = ?3, conversation_ids = ?4, addresses = ?5 WHERE org_id = ?1 AND contact_id = ?2",
      row.contact_id,
      JSON.stringify(contactIds),
      JSON.stringify(conversationIds),
      JSON.stringify(addresses),
    )
    .run();
  return { contactIds, conversationIds, addresses };
}

/**
 * When the contacts went: until then they could be changed. A pass that is repeated, and the second one, find the time of
 * the first.
 */
async function contactsEndAt(ctx: Ctx, id: string): Promise<number> {
  const [row] = await ctx.db.query<{ erased_at: number }>(
    "UPDATE contact_erasures SET erased_at = coalesce(erased_at, ?3) WHERE org_id = ?1 AND contact_id = ?2 RETURNING erased_at",
    id,
    ctx.now(),
  );
  return row!.erased_at;
}

/** Deletes what the conversation kept for itself, and what it names: mails' parts, and uploads that it alone has sent. */
async function deleteFiles(ctx: Ctx, conversationId: string, named: readonly string[]): Promise<number> {
  const bucket = ctx.env.MEDIA;
  const own = `${ctx.orgId}/${conversationId}/`;
  let deleted = 0;
  for (let isDone = false; !isDone;) {
    const { objects, truncated } = await bucket.list({ prefix: own });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    deleted += objects.length;
    isDone = !truncated;
  }
  const shared = named.filter((key) => key.startsWith(`${ctx.orgId}/`) && !key.startsWith(own));
  for (let i = 0; i < shared.length; i += MAX_FILES) {
    const keys = JSON.stringify(shared.slice(i, i + MAX_FILES));
    const rows = await ctx.db.query<{ r2_key: string }>(
      `SELECT m.r2_key FROM media m WHERE m.org_id = ?1 AND m.r2_key IN (SELECT value FROM json_each(?2)) AND m.conversation_id <> ?3
       UNION ALL SELECT u.r2_key FROM uploads u WHERE u.org_id = ?1 AND u.is_public = 1 AND u.r2_key IN (SELECT value FROM json_each(?2))`,
      keys,
      conversationId,
    );
    const others = new Set(rows.map((row) => row.r2_key));
    const gone = (JSON.parse(keys) as string[]).filter((key) => !others.has(key));
    if (gone.length === 0) continue;
    await bucket.delete(gone);
    await ctx.db
      .sql(
        "DELETE FROM uploads WHERE org_id = ?1 AND r2_key IN (SELECT value FROM json_each(?2))",
        JSON.stringify(gone),
      )
      .run();
    deleted += gone.length;
  }
  return deleted;
}
