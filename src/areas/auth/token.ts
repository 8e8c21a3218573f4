import { SessionToken } from "./model";
import { openSession } from "./open-session";
import { operation } from "../../kit/operation";
import { unauthenticated } from "../../kit/problem";

export const token = operation({
  id: "issueToken",
  tag: "Auth",
  summary: "Issue a fresh JWT for the current session",
  description: "Opens a session beside the present one and answers its token, for a program that a browser's session is to authorize.",
  method: "get",
  path: "/api/auth/token",
  permission: "signed_in",
  response: SessionToken,
  handle: async ({ ctx }) => {
    // A key of limited rights must not grow into a session of its owner's.
    if (ctx.actor.kind !== "agent") throw unauthenticated("only a session has a token");
    const session = await openSession(ctx, ctx.db, ctx.org.tenantDb, ctx.actor.agentId!);
    if (!session) throw unauthenticated();
    return session;
  },
});
