import { HOUR } from "../../kit/clock";
import { cleanup } from "../../kit/control-sweep";

/** How long a login whose code was exchanged can be continued. */
export const CONTINUE_MS = HOUR;

export const forgetLogins = cleanup({
  name: "old_logins",
  database: "tenants",
  table: "integration_logins",
  key: "id",
  where: "created_at < ?1",
  keepMs: CONTINUE_MS,
});
