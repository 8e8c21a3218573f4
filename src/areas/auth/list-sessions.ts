import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { requireSession } from "./require-session";

const Session = z
  .object({
    id: z.uuid(),
    is_current: z.boolean().openapi({ description: "True for the session that makes this call" }),
    created_at: z.iso.datetime().openapi({ description: "Time of the login" }),
    expires_at: z.iso.datetime().openapi({ description: "Time at which the session ends" }),
    address: z.string().openapi({ description: "Client address of the login" }),
    user_agent: z.string().nullable().openapi({ description: "Browser or program of the login; null if not stated" }),
  })
  .openapi("Session");

export default operation({
  id: "listSessions",
  summary: "List the caller's sessions",
  description: "Returns the newest 500 that have not ended. API keys have no session and are refused (403).",
  response: z.array(Session),
  handle: ({ ctx }) => listSessions(ctx),
});

interface Row {
  id: string;
  created_at: number;
  expires_at: number;
  address: string;
  user_agent: string | null;
}

export async function listSessions(ctx: Ctx): Promise<z.infer<typeof Session>[]> {
  requireSession(ctx);
  const rows = await ctx.db.query<Row>(
    `SELECT id, created_at, expires_at, address, user_agent FROM sessions
     WHERE org_id = ?1 AND agent_id = ?2 AND expires_at > ?3 ORDER BY created_at DESC, id DESC LIMIT 500`,
    ctx.actor.id,
    ctx.now(),
  );
  return rows.map((row) => ({
    id: row.id,
    is_current: row.id === ctx.actor.credentialId,
    created_at: new Date(row.created_at).toISOString(),
    expires_at: new Date(row.expires_at).toISOString(),
    address: row.address,
    user_agent: row.user_agent,
  }));
}
