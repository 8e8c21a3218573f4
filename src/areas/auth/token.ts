import { SessionToken } from "./model";
import { openSession } from "./open-session";
import { operation } from "../../domain/operation";
import { unauthenticated } from "../../kit/problem";

export default operation({
  id: "issueToken",
  summary: "Issue a fresh JWT for the current session",
  description: "Opens a second session and returns its token, so that a browser session can authorize a program.",
  response: SessionToken,
  handle: async ({ ctx }) => {
    // Otherwise a limited key could obtain all rights of its owner.
    if (ctx.actor.kind !== "agent") throw unauthenticated("an API key has no session token");
    const session = await openSession(ctx, ctx.db, ctx.org.tenantDb, ctx.actor.id!);
    if (!session) throw unauthenticated();
    return session;
  },
});
