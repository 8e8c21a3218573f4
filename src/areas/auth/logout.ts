import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Reply } from "../../kit/operation";
import { unauthenticated } from "../../kit/problem";
import { endSession } from "./end-session";
import { sessionCookie } from "./open-session";

export default operation({
  id: "logout",
  summary: "Logout (clears cookie)",
  description:
    "Ends this session: every token that was issued for it is refused from now on, and its live sockets close. API keys have no session and are refused (403); revoke a key with `DELETE /api/api-keys/{id}`.",
  response: z.object({ message: z.string() }),
  handle: ({ ctx }) => logout(ctx),
});

export async function logout(ctx: Ctx): Promise<Reply> {
  await endSession(ctx, ctx.actor.credentialId, unauthenticated);
  return new Reply({ message: "logged out" }, { "set-cookie": sessionCookie(ctx.config, "", 0) });
}
