import type { SendingHours } from "../../domain/campaign-hours";
import type { TenantDatabase } from "../../kit/database";
import { deploymentPrices, type PriceTable } from "./prices";

/** At most `max` messages of campaigns to a contact within `days`. */
export interface FrequencyCap {
  max: number;
  days: number;
}

/** What a campaign's run needs of the organization's settings. */
export interface RunSettings {
  sendingHours: SendingHours | null;
  frequencyCap: FrequencyCap | null;
  prices: PriceTable;
}

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

export const parsed = <T>(json: string | null | undefined): T | null => (json ? (JSON.parse(json) as T) : null);

/** One query. */
export async function runSettingsOf(db: TenantDatabase): Promise<RunSettings> {
  const row = await settingsRow(db);
  return {
    sendingHours: parsed<SendingHours>(row?.sending_hours),
    frequencyCap: parsed<FrequencyCap>(row?.frequency_cap),
    prices: parsed<PriceTable>(row?.prices) ?? (await deploymentPrices()),
  };
}
