import type { ChannelAccount } from "../channel";
import { probeSuspectHost } from "./graph";
import { findSent, type MessagingAccount, profileOf, senderAction, sendMessage, takeThread } from "./messaging-api";
import { openAttachment } from "./messaging-files";

/** How long people may answer with the tag HUMAN_AGENT. */
export const HUMAN_AGENT_HOURS = 7 * 24;

/** Opens a page or an Instagram account at Meta's Send API. */
export function openMessaging(account: MessagingAccount): ChannelAccount {
  const { endpoint, externalId, hasHumanAgent, verifyToken } = account;
  return {
    externalId,
    ownerId: null,
    timeoutMs: endpoint.timeoutMs,
    ...(hasHumanAgent && { humanAgentHours: HUMAN_AGENT_HOURS }),
    ...(verifyToken !== undefined && { verifyToken }),
    probe: () => probeSuspectHost(endpoint),
    send: (to, message) => sendMessage(account, to, message),
    findSent: (to, message, since, isKnown) => findSent(account, to, message, since, isKnown),
    markRead: (to) => senderAction(account, to, "mark_seen"),
    typing: (to) => senderAction(account, to, "typing_on"),
    media: { open: ({ externalId: url }) => openAttachment(endpoint, url) },
    profile: (party) => profileOf(account, party),
    takeThread: (to) => takeThread(account, to),
  };
}
