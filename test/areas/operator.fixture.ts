import { env } from "cloudflare:workers";
import { type Fixture } from "./fixture";

export const operator: Fixture = {
  make: async ({ org }) => {
    await env.CONTROL_DB.prepare(
      "INSERT OR IGNORE INTO dead_letters (id, queue, org_id, body, error, attempts, created_at) VALUES ('a-dead-letter', 'omnistream-events', ?, '{}', '', 1, 0)",
    )
      .bind(org.id)
      .run();
    return {};
  },
  recipes: {
    listDeadLetters: { asks: () => [{}], stranger: 401 },
    replayDeadLetters: { asks: () => [{ body: {} }, { body: { ids: ["a-dead-letter"] } }], stranger: 401 },
    listParkedUpdates: { asks: () => [{}], stranger: 401 },
    listSweeps: { asks: () => [{}], stranger: 401 },
  },
};
