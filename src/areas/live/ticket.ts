import { z } from "@hono/zod-openapi";
import { inboxOf } from "../../../durable-objects/stubs";
import type { Ctx } from "../../kit/context";
import { operation } from "../../kit/operation";
import { socketIdentity } from "./upgrade";

const LiveTicket = z.object({ ticket: z.string(), expires_at: z.iso.datetime() }).openapi("LiveTicket");

export const ticket = operation({
  id: "createLiveTicket",
  tag: "Live",
  summary: "Create a single-use ticket for a live socket",
  description: "For browsers, which cannot send a header with a WebSocket: `?ticket=` opens one socket, once, within 30 seconds.",
  method: "post",
  path: "/api/live/tickets",
  permission: "conversations.view",
  response: LiveTicket,
  status: 201,
  handle: ({ ctx }) => createTicket(ctx),
});

export async function createTicket(ctx: Ctx): Promise<z.infer<typeof LiveTicket>> {
  const { ticket: word, expiresAt } = await inboxOf(ctx).issueTicket(socketIdentity(ctx), ctx.org.tenantDb);
  return { ticket: `${ctx.orgId}.${word}`, expires_at: new Date(expiresAt).toISOString() };
}
