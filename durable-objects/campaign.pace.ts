import { SECOND } from "../src/kit/clock";
import { logError } from "../src/kit/log";
import { pacerOf } from "../src/objects";
import type { CampaignHost } from "./campaign.host";

/** Asks the account's pacer for so many messages; when it says so, the rest is asked for again. */
export async function takeTokens(
  { env, whose, org }: CampaignHost,
  accountId: string,
  want: number,
  perSecond: number,
): Promise<{ granted: number; againInMs: number }> {
  try {
    return await pacerOf({ env, org }, accountId).take(whose.campaignId, want, perSecond);
  } catch (error) {
    logError("pacer_unreached", error, { account_id: accountId });
    return { granted: 0, againInMs: SECOND };
  }
}
