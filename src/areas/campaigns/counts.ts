import { tenantD1 } from "../../config";
import type { CampaignWhose, RecipientCounts } from "../../domain/campaign";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";

/** Writes the counts to the campaign's row, if it exists. */
export async function saveCounts(
  env: Env,
  { orgId, tenantDb, campaignId }: CampaignWhose,
  counts: RecipientCounts,
): Promise<void> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-primary");
  const { total, sent, delivered, read, failed, skipped, replied, clicked, cost } = counts;
  await db
    .update("campaigns", { id: campaignId }, { total, sent, delivered, read, failed, skipped, replied, clicked, cost })
    .run();
}
