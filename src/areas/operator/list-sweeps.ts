import { z } from "@hono/zod-openapi";
import type { PublicCtx } from "../../kit/context";
import { readSweepStates, type SweepState } from "../../kit/sweep-state";
import { publicOperation } from "../../domain/operation";

const Sweep = z
  .object({
    name: z.string(),
    ran_at: z.iso.datetime().openapi({ description: "Time of the last run that had something to do" }),
    done: z.int().openapi({ description: "The number of rows that this run handled" }),
    took_ms: z.int().openapi({ description: "How long it took" }),
    starved_since: z.iso.datetime().nullable().openapi({
      description: "Since when every run has ended with work left; null if the last run left none",
    }),
    starved_org_ids: z.array(z.string()).openapi({
      description: "Organizations with work left, at most 100; empty if none has, or if they are not known",
    }),
    last_error: z.string().nullable().openapi({ description: "The last error, also of an earlier run; null if none" }),
    failed_at: z.iso.datetime().nullable().openapi({ description: "Time of the last error; null if none" }),
  })
  .openapi("Sweep");

export default publicOperation({
  id: "listSweeps",
  summary: "List sweeps",
  description:
    "The work that runs every minute. A sweep is listed once it has had something to do. It is starved while its runs end with work left.",
  response: z.array(Sweep),
  handle: ({ ctx }) => listSweeps(ctx),
});

export async function listSweeps(ctx: PublicCtx): Promise<z.infer<typeof Sweep>[]> {
  return [...(await readSweepStates(ctx)).values()].map(toSweep);
}

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

const toSweep = (row: SweepState): z.infer<typeof Sweep> => ({
  name: row.name,
  ran_at: time(row.ran_at)!,
  done: row.done,
  took_ms: row.took_ms,
  starved_since: time(row.starved_since),
  starved_org_ids: JSON.parse(row.starved_orgs) as string[],
  last_error: row.last_error,
  failed_at: time(row.failed_at),
});
