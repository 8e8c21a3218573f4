import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changesBetween, commit, newValues } from "../../kit/commit";
import { forgetSettings } from "../access/settings-of";
import { toSettings } from "./get";
import { CampaignSettings, UpdateCampaignSettings } from "./model";
import { settingsRow } from "./store";

export default operation({
  id: "updateCampaignSettings",
  summary: "Change the settings of campaigns",
  description:
    "Omitted fields stay unchanged, and null restores a default. Takes effect within seconds, also for campaigns that are under way.",
  body: UpdateCampaignSettings,
  response: CampaignSettings,
  handle: ({ ctx, body }) => updateSettings(ctx, body),
});

export async function updateSettings(ctx: Ctx, input: UpdateCampaignSettings): Promise<CampaignSettings> {
  const before = toSettings(ctx, await settingsRow(ctx.db));
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const now = ctx.now();
  const values = newValues(changes);
  const { prices, ...logged } = changes;
  await commit(ctx, {
    write: [
      ctx.db.sql("INSERT OR IGNORE INTO campaign_settings (org_id, updated_at) VALUES (?1, ?2)", now),
      ctx.db.update("campaign_settings", { org_id: ctx.orgId }, { ...values, updated_at: now }),
    ],
    // A table of prices is too long for the log.
    events: [
      happened("campaign_settings.updated", ctx.orgId, {
        ...logged,
        ...(prices && { prices: prices.map((table) => (table === null ? null : "a table")) }),
      }),
    ],
  });
  forgetSettings();
  return { ...before, ...values, updated_at: new Date(now).toISOString() };
}
