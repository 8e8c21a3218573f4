import { SYSTEM } from "../src/domain/event";
import { logError } from "../src/kit/log";
import { conversationOf } from "../src/objects";
import type { CampaignHost } from "./campaign.host";
import type { CampaignRecipients } from "./campaign.recipients";

/** Conversations that are called at the same time. */
const AT_ONCE = 50;

/** Takes back the messages that have not left their conversations. Their recipients are pending again. */
export async function recallWaiting(host: CampaignHost, recipients: CampaignRecipients): Promise<void> {
  const waiting = recipients.waiting();
  const worker = async (): Promise<void> => {
    for (let row = waiting.pop(); row; row = waiting.pop()) {
      try {
        const result = await conversationOf({ env: host.env, org: host.org }, row.conversation_id!).command(
          { kind: "recall", messageId: row.message_id! },
          { actor: SYSTEM, sees: { all: true, agentId: null, divisionIds: [] } },
        );
        if (result.ok && result.answer?.isRecalled) recipients.again(row.id, row.attempt);
      } catch (error) {
        const { orgId, campaignId } = host.whose;
        const ids = { org_id: orgId, campaign_id: campaignId, conversation_id: row.conversation_id };
        logError("campaign_not_recalled", error, ids);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, worker));
}
