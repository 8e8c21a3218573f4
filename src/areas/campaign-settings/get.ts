import type { Ctx } from "../../domain/context";
import { defaultWords } from "../../domain/consent";
import { operation } from "../../domain/operation";
import { CampaignSettings } from "./model";
import { parsed, type SettingsRow, settingsRow } from "./store";

export default operation({
  id: "getCampaignSettings",
  summary: "Get the settings of campaigns",
  response: CampaignSettings,
  handle: async ({ ctx }) => toSettings(ctx, await settingsRow(ctx.db)),
});

export function toSettings(ctx: Ctx, row: SettingsRow | undefined): CampaignSettings {
  const words = defaultWords(ctx.org.country);
  return {
    sending_hours: parsed(row?.sending_hours),
    frequency_cap: parsed(row?.frequency_cap),
    opt_out_words: parsed(row?.opt_out_words),
    opt_in_words: parsed(row?.opt_in_words),
    opt_out_reply: row?.opt_out_reply ?? null,
    prices: parsed(row?.prices),
    default_opt_out_words: words.optOut,
    default_opt_in_words: words.optIn,
    updated_at: row ? new Date(row.updated_at).toISOString() : null,
  };
}
