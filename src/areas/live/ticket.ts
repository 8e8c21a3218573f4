import { z } from "@hono/zod-openapi";
import { inboxOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import { operation, requireRight } from "../../domain/operation";
import { unauthenticated } from "../../kit/problem";
import { authenticateUncached } from "../access/authenticate";
import { socketIdentity } from "./authenticate";

const LiveTicket = z
  .object({
    ticket: z.string().openapi({ description: "For `?ticket=` of one socket, used once" }),
    expires_at: z.iso.datetime().openapi({ description: "30 seconds after creation" }),
  })
  .openapi("LiveTicket");

export default operation({
  id: "createLiveTicket",
  summary: "Create a single-use ticket for a live socket",
  description:
    "For browsers, which cannot send headers with a WebSocket: `?ticket=` opens one socket, once, within 30 seconds.",
  response: LiveTicket,
  status: 201,
  handle: ({ ctx, request }) => createTicket(ctx, request),
});

export async function createTicket(ctx: Ctx, request: Request): Promise<z.infer<typeof LiveTicket>> {
  const anew = await authenticateUncached(ctx, request);
  requireRight(anew, "conversations.view");
  const issued = await inboxOf(ctx).issueTicket(socketIdentity(anew), ctx.org.tenantDb);
  if (!issued) throw unauthenticated("the session has ended");
  return { ticket: `${ctx.orgId}.${issued.ticket}`, expires_at: new Date(issued.expiresAt).toISOString() };
}
