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

const JSON_COLUMNS = ["sending_hours", "frequency_cap", "opt_out_words", "opt_in_words", "prices"] as const;

export function toSettings(ctx: Ctx, row: SettingsRow | undefined): CampaignSettings {
  const words = defaultWords(ctx.org.country);
  const { sending_hours, frequency_cap, opt_out_words, opt_in_words, prices } = Object.fromEntries(
    JSON_COLUMNS.map((name) => [name, parsed(row?.[name])]),
  ) as Pick<CampaignSettings, (typeof JSON_COLUMNS)[number]>;
  return {
    sending_hours,
    frequency_cap,
    opt_out_words,
    opt_in_words,
    opt_out_reply: row?.opt_out_reply ?? null,
    prices,
    default_opt_out_words: words.optOut,
    default_opt_in_words: words.optIn,
    updated_at: row ? new Date(row.updated_at).toISOString() : null,
  };
}
