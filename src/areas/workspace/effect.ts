import { effect } from "../../domain/effect";
import { fieldOf, ROWS } from "../../kit/rows";

const TABLES = ["saved_views", "drafts", "agent_preferences", "push_subscriptions"];

/** Deletes what a deleted agent has kept for itself. */
export const workspaceOfAgent = effect<{ agent_id: string }>({
  name: "workspace_of_agent",
  fromEntity: ({ type, entityId }) => (type === "agent.deleted" ? [{ agent_id: entityId }] : undefined),
  statements: (db, rows) =>
    TABLES.map((table) =>
      db.sql(
        `DELETE FROM ${table} WHERE org_id = ?1 AND agent_id IN (SELECT ${fieldOf("agent_id")} FROM ${ROWS})`,
        JSON.stringify(rows),
      ),
    ),
});
