import { happened } from "../../domain/event";
import { changesBetween, commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Timezone } from "./model";
import { forgetTimezones, timezoneOf } from "./timezone";

export default operation({
  id: "setTimezone",
  summary: "Update tenant timezone",
  description:
    "Working hours are in this timezone, and days in analytics begin at its midnight. SLA deadlines that are still running are recalculated within a minute.",
  body: Timezone,
  response: Timezone,
  handle: ({ ctx, body }) => changeTimezone(ctx, body),
});

export async function changeTimezone(ctx: Ctx, after: Timezone): Promise<Timezone> {
  const changes = changesBetween({ timezone: await timezoneOf(ctx.db) }, after);
  if (Object.keys(changes).length === 0) return after;
  await commit(ctx, {
    write: [ctx.db.sql("UPDATE orgs SET timezone = ?2, updated_at = ?3 WHERE org_id = ?1", after.timezone, ctx.now())],
    events: [happened("organization.updated", ctx.orgId, changes)],
  });
  forgetTimezones();
  return after;
}
