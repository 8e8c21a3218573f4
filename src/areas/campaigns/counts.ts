import { tenantD1 } from "../../config";
import type { CampaignStatus, CampaignWhose, RecipientCounts } from "../../domain/campaign";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";

const COUNTS = ["total", "sent", "delivered", "read", "failed", "skipped", "replied", "clicked", "cost"] as const;

/** The columns of the campaign's row that show the counts. */
export const countColumns = (counts: RecipientCounts): Record<(typeof COUNTS)[number], number> => {
  const { total, sent, delivered, read, failed, skipped, replied, clicked, cost } = counts;
  return { total, sent, delivered, read, failed, skipped, replied, clicked, cost };
};

const SAVE = `UPDATE campaigns SET ${COUNTS.map((name) => `${name} = ?3 ->> '${name}'`).join(", ")}
  WHERE org_id = ?1 AND id = ?2 RETURNING status`;

/** Writes the counts to the campaign's row. Answers the row's status; undefined: the campaign is gone. */
export async function saveCounts(
  env: Env,
  { orgId, tenantDb, campaignId }: CampaignWhose,
  counts: RecipientCounts,
): Promise<CampaignStatus | undefined> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-primary");
  const [row] = await db.query<{ status: CampaignStatus }>(SAVE, campaignId, JSON.stringify(countColumns(counts)));
  return row?.status;
}
