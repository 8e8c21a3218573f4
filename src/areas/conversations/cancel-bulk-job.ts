import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { BulkJob, BulkJobPath, loadBulkJob, toBulkJob } from "./bulk-job-model";
import { bulkJobNotFound } from "./problems";

export default operation({
  id: "cancelBulkJob",
  summary: "Cancel a bulk job",
  description: "Within a hundred conversations. Changed conversations stay changed; a finished job stays as it is.",
  params: BulkJobPath,
  response: BulkJob,
  problems: [bulkJobNotFound],
  handle: ({ ctx, params }) => cancelBulkJob(ctx, params.id),
});

export async function cancelBulkJob(ctx: Ctx, id: string): Promise<BulkJob> {
  requireWriter(ctx);
  await loadBulkJob(ctx, id);
  await ctx.db.batch([
    ctx.db.sql(
      "UPDATE bulk_jobs SET status = 'cancelled', next_at = NULL, finished_at = ?3 WHERE org_id = ?1 AND id = ?2 AND status = 'running'",
      id,
      ctx.now(),
    ),
    ctx.db.sql("DELETE FROM bulk_job_parts WHERE org_id = ?1 AND job_id = ?2", id),
  ]);
  return toBulkJob(await loadBulkJob(ctx, id));
}
