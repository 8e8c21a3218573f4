import type { ChannelError } from "../src/channels/channel";
import { adapterOf } from "../src/channels/registry";
import type { RecipientReport } from "../src/domain/campaign";
import type { StoredMessage } from "../src/domain/message/state";
import { logError } from "../src/kit/log";
import { campaignOf, pacerOf } from "../src/objects";
import type { ConversationHost } from "./conversation.host";

/** The conversation reports to the campaigns whose messages it sends, and to its account's pacer (docs/adr/0024). */

/**
 * Reports the present state of those messages of campaigns that these events are about, or that a customer answers with
 * them. Durable when it returns. No call for other messages.
 */
export async function reportCampaigns(
  { env, org, store, state }: ConversationHost,
  after: number,
  upTo: number,
): Promise<void> {
  // Most conversations have no message of a campaign.
  if (state.campaigns.length === 0) return;
  const reports = new Map<string, RecipientReport>();
  const campaigns = new Map<string, RecipientReport[]>();
  for (const { seq, messageId } of store.events(after)) {
    if (seq > upTo) break;
    const about = messageId === undefined ? undefined : store.message(messageId);
    const message = about?.answersCampaign === undefined ? about : store.message(about.answersCampaign);
    if (!message?.campaign || reports.has(message.id)) continue;
    const report = reportOf(message);
    // The campaign knows it from the answer to its command.
    if (report.status === "queued") continue;
    reports.set(message.id, report);
    const { campaignId } = message.campaign;
    campaigns.set(campaignId, [...(campaigns.get(campaignId) ?? []), report]);
  }
  const { orgId, tenantDb } = state;
  await Promise.all(
    [...campaigns].map(([campaignId, own]) =>
      campaignOf({ env, org }, campaignId).report({ orgId, tenantDb, campaignId, country: org.country ?? null }, own),
    ),
  );
}

function reportOf({ id, externalId, status, times, failure, pricing, campaign }: StoredMessage): RecipientReport {
  const { recipientId, attempt, repliedAt, clickedAt } = campaign!;
  return {
    recipientId,
    attempt,
    messageId: id,
    externalId,
    status: status === "sending" || status === "received" ? "queued" : status,
    times,
    ...(failure && { failure }),
    ...(pricing && { pricing }),
    ...(repliedAt !== undefined && { repliedAt }),
    ...(clickedAt !== undefined && { clickedAt }),
  };
}

/** Best effort: the next refusal tells it too. */
export function tellPacer({ env, org, state, waitUntil }: ConversationHost): void {
  waitUntil(
    pacerOf({ env, org }, state.accountId)
      .slowDown()
      .catch((error: unknown) => logError("pacer_unreached", error, { account_id: state.accountId })),
  );
}

/** Whether the failure ends a campaign's message at once, for the campaign to decide: its account may send no more. */
export const endsCampaign = ({ campaign }: StoredMessage, { state }: ConversationHost, { failure }: ChannelError) =>
  campaign !== undefined &&
  (campaign.isRecalled === true || adapterOf(state.channel)?.bulkRefusal?.(failure.code) !== undefined);
