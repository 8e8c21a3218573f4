import type { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation, requireWriter } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { divisionUnknown } from "../divisions/problems";
import { BULK_RIGHTS, requireBulkAction } from "./bulk-actions";
import { BulkJob, StartBulkJob, toBulkJob } from "./bulk-job-model";
import { requireKnownFilter } from "./known-filter";
import { assigneeNotFound, bulkJobLimit } from "./problems";
import { runBulkJobs } from "./run-bulk-jobs";

/** Jobs of one agent at a time. */
const MAX_RUNNING = 5;

export default operation({
  id: "startBulkJob",
  summary: "Apply an action to all conversations that a filter finds",
  description:
    "The conversations are those that the filter finds when the job begins, of those that the caller may see, at most 100,000. Each is changed separately, in the caller's name. The work goes on after the answer; `GET /api/conversations/bulk-jobs/{id}` shows its progress.",
  alsoNeeds: BULK_RIGHTS,
  body: StartBulkJob,
  response: BulkJob,
  status: 202,
  idempotent: "stored",
  problems: [assigneeNotFound, divisionUnknown, bulkJobLimit],
  handle: ({ ctx, body }) => startBulkJob(ctx, body),
});

export async function startBulkJob(ctx: Ctx, input: z.output<typeof StartBulkJob>): Promise<BulkJob> {
  const agentId = requireWriter(ctx);
  await requireBulkAction(ctx, input);
  await requireKnownFilter(ctx, input.filter);
  const { filter, ...action } = input;
  const row = {
    id: ctx.newId(),
    agent_id: agentId,
    actor_kind: ctx.actor.kind as "agent" | "api_key",
    api_key_id: ctx.actor.kind === "api_key" ? ctx.actor.credentialId : null,
    permissions: JSON.stringify([...ctx.actor.permissions]),
    filter: JSON.stringify(filter),
    action: JSON.stringify(action),
    created_at: ctx.now(),
  };
  const answer = toBulkJob({
    ...row,
    status: "running",
    total: null,
    succeeded: 0,
    failed: 0,
    failures: "[]",
    error: null,
    finished_at: null,
  });
  await commit(ctx, {
    write: [
      ctx.db.sql(
        `INSERT INTO bulk_jobs (id, org_id, agent_id, actor_kind, api_key_id, permissions, filter, action, created_at, next_at)
         SELECT ?2, ?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9
         WHERE (SELECT count(*) FROM bulk_jobs WHERE org_id = ?1 AND agent_id = ?3 AND status = 'running') < ${MAX_RUNNING}`,
        ...Object.values(row),
      ),
    ],
    mustChange: () => bulkJobLimit(`at most ${MAX_RUNNING} at a time`),
    answer,
    status: 202,
  });
  ctx.background(runBulkJobs(ctx, [row.id]));
  return answer;
}
