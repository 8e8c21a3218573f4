import { operation } from "../../domain/operation";
import { BulkJob, BulkJobPath, loadBulkJob, toBulkJob } from "./bulk-job-model";
import { bulkJobNotFound } from "./problems";

export default operation({
  id: "getBulkJob",
  summary: "Get the progress of a bulk job",
  description: "Only the caller's own jobs, for 30 days.",
  params: BulkJobPath,
  response: BulkJob,
  problems: [bulkJobNotFound],
  handle: async ({ ctx, params }) => toBulkJob(await loadBulkJob(ctx, params.id)),
});
