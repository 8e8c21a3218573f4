import { DAY } from "../../kit/clock";
import { cleanup } from "../../kit/control-sweep";

export const forgetChannelAnalytics = cleanup({
  name: "old_channel_analytics",
  database: "tenants",
  table: "channel_analytics",
  key: "org_id, account_id, question",
  where: "fetched_at < ?1",
  keepMs: 2 * DAY,
});
