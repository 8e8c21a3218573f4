import { MINUTE } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { unauthenticated } from "../../kit/problem";
import { SessionToken } from "./model";
import { tokenOfSession } from "./open-session";

const TOKEN_MS = 15 * MINUTE;

export default operation({
  id: "issueToken",
  summary: "Issue a fresh JWT for the current session",
  description:
    "Returns a token of the same session for 15 minutes, so that a browser session can authorize a program. It ends with the session, and no later than the token that asks for it.",
  response: SessionToken,
  handle: ({ ctx }) => issueToken(ctx),
});

export async function issueToken(ctx: Ctx): Promise<SessionToken> {
  // Otherwise a limited key could obtain all rights of its owner.
  if (ctx.actor.kind !== "agent") throw unauthenticated("an API key has no session token");
  // A stolen token must not buy a longer life.
  const expiresAt = Math.min(ctx.now() + TOKEN_MS, ctx.actor.expiresAt!);
  const session = { agentId: ctx.actor.id!, tenantDb: ctx.org.tenantDb, sessionId: ctx.actor.credentialId };
  const issued = await tokenOfSession(ctx, ctx.db, session, expiresAt);
  if (!issued) throw unauthenticated();
  return issued;
}
