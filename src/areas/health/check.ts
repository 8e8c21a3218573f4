import { z } from "@hono/zod-openapi";
import { tenantDatabases } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { logError } from "../../kit/log";
import { publicOperation } from "../../domain/operation";
import { overloaded } from "../../kit/problem";
import { missingMigrations, upgradeProblem } from "./missing-migrations";

const Health = z
  .object({ status: z.literal("ok"), databases: z.int().openapi({ description: "Number of databases checked" }) })
  .openapi("Health");

export default publicOperation({
  id: "health",
  summary: "API Gateway health check",
  description:
    "Returns 200 when every database responds and has the migrations that this code needs. While some are missing, `upgrade_in_progress` (503) names them.",
  response: Health,
  problems: [overloaded],
  handle: ({ ctx }) => checkHealth(ctx),
});

export async function checkHealth(ctx: PublicCtx): Promise<z.infer<typeof Health>> {
  const missing = await missingMigrations(ctx).catch((error: unknown) => {
    logError("unhealthy", error);
    throw overloaded("a database is not responding", { retryAfterSeconds: 5 });
  });
  if (missing.length > 0) throw upgradeProblem(missing);
  return { status: "ok", databases: tenantDatabases(ctx.env).size + 1 };
}
