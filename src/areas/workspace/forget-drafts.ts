import { DAY } from "../../kit/clock";
import { cleanup } from "../../kit/control-sweep";

/** A save that comes later than this is of another draft. */
export const forgetDrafts = cleanup({
  name: "old_drafts",
  database: "tenants",
  table: "drafts",
  key: "org_id, agent_id, conversation_id, kind",
  where: "content IS NULL AND updated_at < ?1",
  keepMs: 7 * DAY,
});
