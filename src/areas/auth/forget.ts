import { cleanup } from "../../kit/control-sweep";

export const forgetSessions = cleanup({
  name: "old_sessions",
  database: "tenants",
  table: "sessions",
  key: "id",
  where: "expires_at < ?1",
  keepMs: 0,
});
