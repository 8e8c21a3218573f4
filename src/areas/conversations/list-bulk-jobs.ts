import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { BulkJob, type BulkJobRow, toBulkJob } from "./bulk-job-model";

export default operation({
  id: "listBulkJobs",
  summary: "List the caller's bulk jobs",
  description: "The latest 20 of the last 30 days, newest first.",
  response: z.array(BulkJob),
  handle: async ({ ctx }) => {
    const rows = await ctx.db.query<BulkJobRow>(
      "SELECT * FROM bulk_jobs WHERE org_id = ?1 AND agent_id = ?2 ORDER BY created_at DESC LIMIT 20",
      ctx.actor.id,
    );
    return rows.map(toBulkJob);
  },
});
