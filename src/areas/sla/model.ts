import type { Channel } from "../../channels/channel";
import type { SlaPolicy } from "./schema";

/** A row of `sla_policies`. */
export interface PolicyRow {
  id: string;
  name: string;
  description: string | null;
  first_response_time_secs: number;
  resolution_time_secs: number;
  warning_threshold_pct: number;
  priority: number;
  channel: Channel | null;
  division_id: string | null;
  is_active: number;
  is_default: number;
  created_at: number;
  updated_at: number;
}

export const POLICY_COLUMNS =
  "id, name, description, first_response_time_secs, resolution_time_secs, warning_threshold_pct, priority, channel, division_id, is_active, is_default, created_at, updated_at";

export const toPolicy = (row: PolicyRow): SlaPolicy => ({
  ...row,
  is_active: row.is_active === 1,
  is_default: row.is_default === 1,
  created_at: new Date(row.created_at).toISOString(),
  updated_at: new Date(row.updated_at).toISOString(),
});
