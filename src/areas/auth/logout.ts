import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { eq } from "drizzle-orm";
import { inboxOf } from "../../objects";
import type { Ctx } from "../../domain/context";
import { commit } from "../../kit/commit";
import { Reply } from "../../kit/operation";
import { operation } from "../../domain/operation";
import { forbidden } from "../../kit/problem";
import { forgetCredentials } from "../access/authenticate";
import { sessionCookie } from "./open-session";
import { sessions } from "./table";

export default operation({
  id: "logout",
  summary: "Logout (clears cookie)",
  description:
    "Ends this session: its token is refused from now on and its live sockets close. API keys have no session and are refused (403); revoke a key with `DELETE /api/api-keys/{id}`.",
  response: z.object({ message: z.string() }),
  handle: ({ ctx }) => endSession(ctx),
});

export async function endSession(ctx: Ctx): Promise<Reply> {
  if (ctx.actor.kind !== "agent") throw forbidden("an API key has no session");
  await commit(ctx, {
    write: [ctx.db.delete(sessions, eq(sessions.id, ctx.actor.credentialId))],
    events: [happened("agent.logged_out", ctx.actor.id!)],
  });
  forgetCredentials();
  await inboxOf(ctx).revoke({ credentialIds: [ctx.actor.credentialId] });
  return new Reply({ message: "logged out" }, { "set-cookie": sessionCookie(ctx.config, "", 0) });
}
