import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { changesBetween, commit, newValues } from "../../kit/commit";
import { CsatSettings, getCsatSettings, UpdateCsatSettings } from "./get-settings";

export default operation({
  id: "updateCsatSettings",
  summary: "Change the settings of surveys",
  description: "Omitted fields stay unchanged. Surveys that were sent keep their words.",
  body: UpdateCsatSettings,
  response: CsatSettings,
  handle: ({ ctx, body }) => updateCsatSettings(ctx, body),
});

export async function updateCsatSettings(ctx: Ctx, input: UpdateCsatSettings): Promise<CsatSettings> {
  const before = await getCsatSettings(ctx);
  const changes = changesBetween(before, input);
  if (Object.keys(changes).length === 0) return before;
  const after: CsatSettings = { ...before, ...newValues(changes) };
  await commit(ctx, {
    write: [
      ctx.db.sql(
        // Another call may change the other one meanwhile.
        "UPDATE orgs SET asks_csat = coalesce(?2, asks_csat), csat_question = iif(?3, ?4, csat_question), updated_at = ?5 WHERE org_id = ?1",
        "ask_after_resolve" in changes ? Number(after.ask_after_resolve) : null,
        Number("question" in changes),
        after.question,
        ctx.now(),
      ),
    ],
    events: [happened("csat_settings.updated", ctx.orgId, changes)],
  });
  return after;
}
