import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { idPath } from "../../kit/id-path";
import { bulkActionOn } from "./bulk-actions";
import { ConversationFilters } from "./model";
import { bulkJobNotFound } from "./problems";

export const BulkJobPath = idPath("bulk job");

export const StartBulkJob = bulkActionOn({ filter: ConversationFilters }).openapi("StartBulkJob");

export const BulkJob = z
  .object({
    id: z.uuid(),
    action: z.string(),
    params: z.record(z.string(), z.unknown()).nullable(),
    filter: ConversationFilters,
    status: z.enum(["running", "done", "cancelled", "failed"]),
    total: z
      .int()
      .nullable()
      .openapi({ description: "Conversations that the filter found; null until they are found" }),
    succeeded: z.int(),
    failed: z.int(),
    failures: z
      .array(z.object({ id: z.uuid(), code: z.string() }))
      .openapi({ description: "The first 100 conversations that failed, with the codes of their problems" }),
    error: z.string().nullable().openapi({ description: "Why the job failed as a whole" }),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .openapi("BulkJob");
export type BulkJob = z.infer<typeof BulkJob>;

export interface BulkJobRow {
  id: string;
  agent_id: string;
  actor_kind: "agent" | "api_key";
  api_key_id: string | null;
  permissions: string;
  filter: string;
  action: string;
  status: BulkJob["status"];
  total: number | null;
  succeeded: number;
  failed: number;
  failures: string;
  error: string | null;
  created_at: number;
  finished_at: number | null;
}

export const toBulkJob = (row: BulkJobRow): BulkJob => {
  const { action, params } = JSON.parse(row.action) as { action: string; params?: Record<string, unknown> };
  return {
    id: row.id,
    action,
    params: params ?? null,
    filter: JSON.parse(row.filter) as BulkJob["filter"],
    status: row.status,
    total: row.total,
    succeeded: row.succeeded,
    failed: row.failed,
    failures: JSON.parse(row.failures) as BulkJob["failures"],
    error: row.error,
    created_at: new Date(row.created_at).toISOString(),
    finished_at: row.finished_at === null ? null : new Date(row.finished_at).toISOString(),
  };
};

/** The caller's own. Throws `bulk_job_not_found`. */
export async function loadBulkJob(ctx: Ctx, id: string): Promise<BulkJobRow> {
  const [row] = await ctx.db.query<BulkJobRow>(
    "SELECT * FROM bulk_jobs WHERE org_id = ?1 AND id = ?2 AND agent_id = ?3",
    id,
    ctx.actor.id,
  );
  if (!row) throw bulkJobNotFound();
  return row;
}
