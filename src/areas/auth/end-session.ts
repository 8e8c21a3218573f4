import { z } from "@hono/zod-openapi";
import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { idPath } from "../../kit/id-path";
import type { Problem } from "../../kit/problem";
import { inboxOf } from "../../objects";
import { forgetCredentials } from "../access/authenticate";
import { sessionNotFound } from "./problems";
import { requireSession } from "./require-session";

const Ended = z.object({ message: z.string(), session_id: z.uuid() });

export default operation({
  id: "endSession",
  summary: "End one of the caller's sessions",
  description:
    "Its tokens are refused everywhere within 5 seconds, and its live sockets close. To end all sessions and API keys at once, change the password.",
  params: idPath("session"),
  response: Ended,
  problems: [sessionNotFound],
  handle: async ({ ctx, params }) => {
    await endSession(ctx, params.id);
    return { message: "session ended", session_id: params.id };
  },
});

/** Ends a session of the caller, with every token that was issued for it. Throws `gone` if there is none. */
export async function endSession(ctx: Ctx, id: string, gone: () => Problem = sessionNotFound): Promise<void> {
  requireSession(ctx);
  await commit(ctx, {
    write: [ctx.db.sql("DELETE FROM sessions WHERE org_id = ?1 AND id = ?2 AND agent_id = ?3", id, ctx.actor.id)],
    events: [happened("agent.logged_out", ctx.actor.id!)],
    mustChange: gone,
  });
  forgetCredentials();
  await inboxOf(ctx).revoke({ credentialIds: [id] });
}
