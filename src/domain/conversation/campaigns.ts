import type { InboundMessage } from "../../channels/channel";
import { DAY, HOUR } from "../../kit/clock";
import type { CampaignRef, FrequencyCap } from "../campaign";
import type { StoredMessage } from "../message/state";
import type { ConversationState, Find, Step } from "./state";

/** Messages of campaigns in a conversation: which it has sent, and what its customer answered. Pure. */

/** A message of a campaign, as the conversation's state keeps it: it is asked for at every send and every answer. */
export interface SentCampaign extends Pick<CampaignRef, "recipientId" | "attempt" | "isMarketing"> {
  messageId: string;
  at: number;
}

/** So many are kept: a frequency cap counts no more. */
export const KEPT_CAMPAIGNS = 20;
/** An answer within this time is one to the campaign. */
const REPLY_MS = 72 * HOUR;
/** The types of answers that are the press of a button. */
const PRESSES: ReadonlySet<string> = new Set(["button", "interactive"]);

/** The message that this attempt at a recipient has led to, if it has: a repeated call must not lead to another. */
export const sentBefore = (state: ConversationState, { recipientId, attempt }: CampaignRef, find: Find) => {
  const sent = state.campaigns.find((one) => one.recipientId === recipientId && one.attempt === attempt);
  return sent && find({ id: sent.messageId });
};

export function keepCampaign({ state, now }: Step, { campaign, id: messageId }: StoredMessage): void {
  if (!campaign) return;
  const { recipientId, attempt, isMarketing } = campaign;
  const kept = state.campaigns.slice(1 - KEPT_CAMPAIGNS);
  state.campaigns = [...kept, { recipientId, attempt, isMarketing, messageId, at: now }];
}

/** Whether the person has had as many marketing messages of campaigns as the cap allows. Those that failed are free. */
export function isCapped({ campaigns }: ConversationState, { max, days }: FrequencyCap, find: Find, now: number) {
  const counted = campaigns.filter(
    ({ isMarketing, at, messageId }) =>
      isMarketing && at > now - days * DAY && find({ id: messageId })?.status !== "failed",
  );
  return counted.length >= max;
}

/**
 * Keeps on a campaign's message that a message of the customer is the first that answers it, or the first press of its
 * buttons. An answer that names no message is one to the last campaign.
 */
export function followCampaign(step: Step, answer: StoredMessage, { replyTo }: InboundMessage, find: Find): void {
  const last = step.state.campaigns.at(-1);
  if (!last) return;
  const named = replyTo === undefined ? undefined : find({ externalId: replyTo });
  if (named?.campaign) noteAnswer(step, answer, named);
  else if (answer.createdAt <= last.at + REPLY_MS) noteAnswer(step, answer, find({ id: last.messageId }));
}

/** Call it also for an answer that came before the channel's id of the campaign's message. */
export function noteAnswer(step: Step, answer: StoredMessage, target: StoredMessage | undefined): void {
  if (!target?.campaign || answer.createdAt > target.createdAt + REPLY_MS) return;
  const { campaign } = target;
  const isPress = PRESSES.has(answer.type) && answer.replyToExternalId === target.externalId;
  const repliedAt = campaign.repliedAt ?? answer.createdAt;
  const clickedAt = campaign.clickedAt ?? (isPress ? answer.createdAt : undefined);
  if (repliedAt === campaign.repliedAt && clickedAt === campaign.clickedAt) return;
  const traced = { ...campaign, repliedAt, ...(clickedAt !== undefined && { clickedAt }) };
  step.messages.set(target.id, { ...target, campaign: traced });
  step.messages.set(answer.id, { ...(step.messages.get(answer.id) ?? answer), answersCampaign: target.id });
}
