import type { CampaignWhose } from "../../domain/campaign";
import type { Ctx } from "../../domain/context";
import { type EntityEventType, happened } from "../../domain/event";
import type { CampaignApi } from "../../domain/object-apis";
import { MINUTE } from "../../kit/clock";
import { commit } from "../../kit/commit";
import type { TenantCtx } from "../../kit/context";
import { campaignOf } from "../../objects";
import { CAMPAIGN_SELECT, type CampaignWithTemplateRow } from "./model";
import { campaignNotDraft, campaignNotFound } from "./problems";

/** A campaign under way is woken again after so long: its wake-up may be lost. */
export const WAKE_AGAIN_MS = 2 * MINUTE;

/** Throws `campaign_not_found`. */
export async function loadCampaign(ctx: Ctx, id: string): Promise<CampaignWithTemplateRow> {
  const [row] = await ctx.db.query<CampaignWithTemplateRow>(`${CAMPAIGN_SELECT} WHERE c.org_id = ?1 AND c.id = ?2`, id);
  if (!row) throw campaignNotFound();
  return row;
}

/** Throws `campaign_not_found` or `campaign_not_draft`. */
export async function loadDraft(ctx: Ctx, id: string): Promise<CampaignWithTemplateRow> {
  const row = await loadCampaign(ctx, id);
  if (row.status !== "draft") throw campaignNotDraft(`the campaign is ${row.status}`);
  return row;
}

export const whoseOf = (ctx: TenantCtx, campaignId: string): CampaignWhose => ({
  orgId: ctx.orgId,
  tenantDb: ctx.org.tenantDb,
  campaignId,
  country: ctx.org.country ?? null,
});

export const objectOf = (ctx: TenantCtx, campaignId: string): CampaignApi => campaignOf(ctx, campaignId);

type Changed = Pick<CampaignWithTemplateRow, "status"> & Partial<Omit<CampaignWithTemplateRow, "id">>;

/**
 * Changes the status of a campaign that has the one of `row`, otherwise throws `changedMeanwhile`, at which the operation
 * runs again. Its object knows when this returns. Returns the row after the change.
 */
export async function changeStatus<Row extends CampaignWithTemplateRow>(
  ctx: TenantCtx,
  row: Row,
  type: EntityEventType,
  changed: Changed,
  { data = {}, answer }: { data?: Record<string, unknown>; answer?: (after: Row) => unknown } = {},
): Promise<Row> {
  const columns = { status_reason: null, status_detail: null, next_at: null, ...changed, updated_at: ctx.now() };
  const after = { ...row, ...columns };
  const { status_reason: reason, status_detail: detail } = columns;
  await commit(ctx, {
    write: [ctx.db.update("campaigns", { id: row.id, status: row.status }, columns)],
    events: [
      happened(type, row.id, {
        status: [row.status, changed.status],
        ...(reason !== null && { status_reason: [row.status_reason, reason] }),
        ...(detail !== null && { status_detail: [row.status_detail, detail] }),
        name: row.name,
        ...data,
      }),
    ],
    mustChange: true,
    ...(answer && { answer: answer(after) }),
  });
  return after;
}
