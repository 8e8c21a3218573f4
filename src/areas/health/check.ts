import { z } from "@hono/zod-openapi";
import { tenantDatabases } from "../../config";
import type { PublicCtx } from "../../kit/context";
import { logError } from "../../kit/log";
import { publicOperation } from "../../domain/operation";
import { overloaded } from "../../kit/problem";

const Health = z
  .object({ status: z.literal("ok"), databases: z.int().openapi({ description: "Number of databases checked" }) })
  .openapi("Health");

export default publicOperation({
  id: "health",
  summary: "API Gateway health check",
  description: "Returns 200 when every database responds.",
  response: Health,
  problems: [overloaded],
  handle: ({ ctx }) => checkHealth(ctx),
});

export async function checkHealth(ctx: PublicCtx): Promise<z.infer<typeof Health>> {
  const databases = [...tenantDatabases(ctx.env).values()];
  try {
    await Promise.all([
      ctx.control.prepare("SELECT 1").first(),
      ...databases.map((d1) => d1.prepare("SELECT 1").first()),
    ]);
  } catch (error) {
    logError("unhealthy", error);
    throw overloaded("a database is not responding", { retryAfterSeconds: 5 });
  }
  return { status: "ok", databases: databases.length + 1 };
}
