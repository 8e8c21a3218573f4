import { SessionToken } from "./model";
import { openSession } from "./open-session";
import { operation } from "../../kit/operation";
import { unauthenticated } from "../../kit/problem";

export const token = operation({
  id: "issueToken",
  tag: "Auth",
  summary: "Issue a fresh JWT for the current session",
  description: "Opens a second session and returns its token, so that a browser session can authorize a program.",
  method: "get",
  path: "/api/auth/token",
  permission: "signed_in",
  response: SessionToken,
  handle: async ({ ctx }) => {
    // A key of limited rights must not grow into a session of its owner's.
    if (ctx.actor.kind !== "agent") throw unauthenticated("an API key has no session token");
    const session = await openSession(ctx, ctx.db, ctx.org.tenantDb, ctx.actor.agentId!);
    if (!session) throw unauthenticated();
    return session;
  },
});
