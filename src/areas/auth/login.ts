import { tenantD1 } from "../../config";
import { MINUTE } from "../../kit/clock";
import type { PublicCtx } from "../../kit/context";
import { TenantDatabase } from "../../kit/database";
import { type Reply } from "../../kit/operation";
import { publicOperation } from "../../domain/operation";
import { UNMATCHABLE_HASH, verifyPassword } from "../../kit/password";
import { tooManyRequests } from "../../kit/problem";
import { countTry } from "../../kit/rate-limit";
import { LoginRequest, SessionToken } from "./model";
import { openSession } from "./open-session";
import { wrongCredentials } from "./problems";

export default publicOperation({
  id: "login",
  summary: "Login with email and password",
  description:
    "Returns a token and sets the session cookie. Limited to 10 attempts a minute per email address and 50 per client address.",
  body: LoginRequest,
  examples: { Login: { email: "ana@example.com", password: "correct-horse" } },
  response: SessionToken,
  problems: [wrongCredentials, tooManyRequests],
  handle: ({ ctx, body, request }) => loginWithPassword(ctx, body, request.headers.get("user-agent")),
});

interface Identity {
  agent_id: string;
  org_id: string;
  password_hash: string;
  tenant_db: string;
}

export async function loginWithPassword(
  ctx: PublicCtx,
  { email, password }: { email: string; password: string },
  userAgent: string | null,
): Promise<Reply> {
  await countTry(ctx, { [`login:${email}`]: 10, [`login-from:${ctx.clientAddress}`]: 50 }, MINUTE);
  const identity = await ctx.control
    .prepare(
      "SELECT i.agent_id, i.org_id, i.password_hash, o.tenant_db FROM identities i JOIN organizations o ON o.id = i.org_id WHERE i.email = ? AND o.status = 'active'",
    )
    .bind(email)
    .first<Identity>();
  const isCorrect = await verifyPassword(password, identity?.password_hash ?? UNMATCHABLE_HASH);
  if (!identity || !isCorrect) throw wrongCredentials();
  const db = new TenantDatabase(tenantD1(ctx.env, identity.tenant_db), identity.org_id, ctx.cost, "first-primary");
  const session = await openSession(ctx, db, identity.tenant_db, identity.agent_id, userAgent);
  // The same answer as for a wrong password: a suspended agent's password must not be revealed as correct.
  if (!session) throw wrongCredentials();
  return session;
}
