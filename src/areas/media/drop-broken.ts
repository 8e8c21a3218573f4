import type { Ctx } from "../../domain/context";
import { sweep } from "../../kit/sweep";
import { dropUploads, SWEEP_AFTER_MS } from "./receive";

/** Deletes interrupted uploads, with their parts in R2. */
export const dropBrokenUploads = sweep({
  name: "uploads",
  due: `SELECT u.id, u.org_id, o.country FROM uploads u INDEXED BY idx_uploads_uploading JOIN orgs o ON o.org_id = u.org_id
    WHERE u.state = 'uploading' AND u.created_at < ?1 - ${SWEEP_AFTER_MS} ORDER BY u.created_at`,
  work: (ctx: Ctx, ids) => dropUploads(ctx, ids),
  // Each takes four calls, and an invocation may make a thousand.
  budget: { rows: 200, tenantRows: 100 },
});
