import type { Ctx } from "../../domain/context";
import { effect } from "../../domain/effect";
import { fieldOf, ROWS } from "../../kit/rows";
import { sweep } from "../../kit/sweep";

const BY_PEOPLE = new Set(["agent", "api_key"]);

/** Cycles that somebody has resolved, whose customers are asked: for organizations that want it. */
export const surveyAsks = effect<{ conversation_id: string; cycle: number; at: number }>({
  name: "survey_asks",
  fromConversation: ({ state, events }) =>
    events.flatMap(({ type, at, actor }) =>
      type === "conversation.resolved" && BY_PEOPLE.has(actor.kind)
        ? [{ conversation_id: state.id, cycle: state.cycle, at }]
        : [],
    ),
  statements: (db, rows) => [
    db.sql(
      `INSERT OR IGNORE INTO csat_asks (org_id, conversation_id, cycle, resolved_at, next_at)
       SELECT ?1, ${fieldOf("conversation_id")}, ${fieldOf("cycle")}, ${fieldOf("at")}, ${fieldOf("at")} FROM ${ROWS}
       WHERE (SELECT asks_csat FROM orgs WHERE org_id = ?1) = 1`,
      JSON.stringify(rows),
    ),
  ],
});

export const askAfterResolve = sweep({
  name: "survey_asks",
  long: true,
  due: `SELECT a.conversation_id AS id, a.org_id, o.country FROM csat_asks a INDEXED BY idx_csat_asks_next_at JOIN orgs o ON o.org_id = a.org_id
    WHERE a.next_at <= ?1 ORDER BY a.next_at`,
  // Loaded when something is due: the sweep starts with the Worker.
  work: async (ctx: Ctx, ids) => (await import("./ask-due")).askDue(ctx, ids),
});
