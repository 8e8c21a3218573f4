import { effect } from "../../domain/effect";
import { campaignOf } from "../../objects";

const OF_STATUS = new Set<string>([
  "campaign.scheduled",
  "campaign.started",
  "campaign.paused",
  "campaign.resumed",
  "campaign.cancelled",
]);

/** Tells the campaign's object what people have decided, before they are answered. The object and the sweep know theirs. */
export const campaignObjects = effect({
  name: "campaign_objects",
  deliver: ({ type, entityId, actor }) =>
    type === "campaign.deleted" || (OF_STATUS.has(type) && actor.kind !== "system")
      ? async (ctx) => {
          const whose = {
            orgId: ctx.orgId,
            tenantDb: ctx.org.tenantDb,
            campaignId: entityId,
            country: ctx.org.country ?? null,
          };
          const object = campaignOf(ctx, entityId);
          await (type === "campaign.deleted" ? object.clear(whose) : object.wake(whose));
        }
      : undefined,
});
