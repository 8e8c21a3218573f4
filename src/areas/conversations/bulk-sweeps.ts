import type { Ctx } from "../../domain/context";
import { DAY } from "../../kit/clock";
import { cleanup } from "../../kit/control-sweep";
import { sweep } from "../../kit/sweep";

/** Goes on with bulk jobs that were cut off or took longer than one run. */
export const runDueBulkJobs = sweep({
  name: "bulk_jobs",
  long: true,
  due: `SELECT b.id, b.org_id, o.country FROM bulk_jobs b INDEXED BY idx_bulk_jobs_next_at JOIN orgs o ON o.org_id = b.org_id
    WHERE b.next_at <= ?1 ORDER BY b.next_at`,
  work: async (ctx: Ctx, ids) => (await import("./run-bulk-jobs")).runBulkJobs(ctx, ids),
});

export const forgetBulkJobs = cleanup({
  name: "old_bulk_jobs",
  database: "tenants",
  table: "bulk_jobs",
  key: "id",
  where: "created_at < ?1",
  keepMs: 30 * DAY,
});
