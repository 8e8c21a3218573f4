import type { TenantDatabase } from "../../kit/database";

/** A row of `campaign_settings`: all but the reply and the time are JSON. */
export interface SettingsRow {
  sending_hours: string | null;
  frequency_cap: string | null;
  opt_out_words: string | null;
  opt_in_words: string | null;
  opt_out_reply: string | null;
  prices: string | null;
  updated_at: number;
}

/** Undefined: the defaults hold. One query. */
export async function settingsRow(db: TenantDatabase): Promise<SettingsRow | undefined> {
  const [row] = await db.query<SettingsRow>(
    "SELECT sending_hours, frequency_cap, opt_out_words, opt_in_words, opt_out_reply, prices, updated_at FROM campaign_settings WHERE org_id = ?1",
  );
  return row;
}

export const parsed = (json: string | null | undefined): unknown => (json ? JSON.parse(json) : null);
