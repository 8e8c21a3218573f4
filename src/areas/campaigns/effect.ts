import { effect } from "../../domain/effect";
import type { EntityEvent } from "../../domain/event";
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

/** The fields of an account or a template that may stop a campaign. */
const DECIDING: Readonly<Partial<Record<EntityEvent["type"], readonly string[]>>> = {
  "account.updated": ["health", "is_active", "quality_rating", "restricted_until"],
  "wa_template.updated": ["category"],
};
const ALWAYS = new Set<string>(["account.removed", "wa_template.status_changed", "wa_template.deleted"]);

/** Campaigns under way look at once whether they may go on with their account and template. */
export const affectedCampaigns = effect({
  name: "affected_campaigns",
  deliver: ({ type, entityId, data }) =>
    ALWAYS.has(type) || DECIDING[type]?.some((field) => field in data)
      ? async (ctx) => {
          const rows = await ctx.db.query<{ id: string }>(
            "SELECT id FROM campaigns WHERE org_id = ?1 AND status = 'sending' AND (account_id = ?2 OR template_id = ?2) LIMIT 1000",
            entityId,
          );
          const { orgId, org } = ctx;
          const whose = { orgId, tenantDb: org.tenantDb, country: org.country ?? null };
          await Promise.all(rows.map(({ id }) => campaignOf(ctx, id).wake({ ...whose, campaignId: id })));
        }
      : undefined,
});
