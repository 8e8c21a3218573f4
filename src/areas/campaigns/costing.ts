import { tenantD1 } from "../../config";
import type { CampaignWhose } from "../../domain/campaign";
import { numberPlan } from "../../domain/phone-country";
import type { CostOf } from "../../domain/services";
import { MINUTE } from "../../kit/clock";
import { Cost } from "../../kit/cost";
import { TenantDatabase } from "../../kit/database";
import { RecentCache } from "../../kit/recent-cache";
import { costOf, type PriceTable } from "../campaign-settings/prices";
import { runSettingsOf } from "../campaign-settings/run-settings";

const recent = new RecentCache<PriceTable>({ maxAgeMs: MINUTE, maxEntries: 1000 });

/** Returns a function that prices delivered messages by the organization's table. No query, or one a minute. */
export async function costsOf(env: Env, { orgId, tenantDb }: CampaignWhose): Promise<CostOf> {
  const db = new TenantDatabase(tenantD1(env, tenantDb), orgId, new Cost(), "first-unconstrained");
  const prices = await recent.getOrRead(orgId, async () => (await runSettingsOf(db)).prices);
  const plan = await numberPlan();
  return (pricing, address, at) => costOf(prices, pricing, plan.countryOf(address), at);
}
