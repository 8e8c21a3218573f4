import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { RoutingSettings } from "./model";

export default operation({
  id: "getRoutingSettings",
  summary: "Get routing settings",
  response: RoutingSettings,
  handle: ({ ctx }) => getRoutingSettings(ctx),
});

export async function getRoutingSettings(ctx: Ctx): Promise<RoutingSettings> {
  const [row] = await ctx.db.query<RoutingSettings>("SELECT reopen_to FROM orgs WHERE org_id = ?1");
  return row!;
}
