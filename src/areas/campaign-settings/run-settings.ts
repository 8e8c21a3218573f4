import type { FrequencyCap } from "../../domain/campaign";
import type { SendingHours } from "../../domain/campaign-hours";
import type { TenantDatabase } from "../../kit/database";
import { deploymentPrices, type PriceTable } from "./prices";
import { parsed, settingsRow } from "./store";

/** The organization's settings that a campaign's run needs. */
export interface RunSettings {
  sendingHours: SendingHours | null;
  frequencyCap: FrequencyCap | null;
  prices: PriceTable;
}

/** One query. */
export async function runSettingsOf(db: TenantDatabase): Promise<RunSettings> {
  const row = await settingsRow(db);
  return {
    sendingHours: parsed(row?.sending_hours) as SendingHours | null,
    frequencyCap: parsed(row?.frequency_cap) as FrequencyCap | null,
    prices: (parsed(row?.prices) as PriceTable | null) ?? (await deploymentPrices()),
  };
}
