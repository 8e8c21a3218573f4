import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { unauthenticated } from "../../kit/problem";
import { socketIdentity } from "./authenticate";

export const liveQuery = z.object({
  ticket: z.string().max(200).optional().openapi({
    description: "A ticket from `POST /api/live/tickets`, for browsers; programs send their usual header instead",
  }),
  since: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .openapi({ description: "The `seq` of the last frame received; resumes after it" }),
});
export type LiveQuery = z.output<typeof liveQuery>;

/**
 * Lets an object open the socket; the object refuses callers whose rights were revoked meanwhile. It receives the
 * identity, and none of the request's headers or credentials.
 */
export async function upgrade(
  ctx: Ctx,
  object: { fetch(request: Request): Promise<Response> },
  { since }: LiveQuery,
): Promise<Response> {
  const headers = new Headers({
    upgrade: "websocket",
    "x-omnistream-identity": JSON.stringify(socketIdentity(ctx)),
    "x-omnistream-tenant-db": ctx.org.tenantDb,
  });
  if (since !== undefined) headers.set("x-omnistream-since", String(since));
  const response = await object.fetch(new Request("https://object/live", { headers }));
  if (response.status === 401) throw unauthenticated("the session has ended");
  return response;
}
