import { endedCredentials, rightsOfAgents } from "./areas/access/authenticate";
import { windowRulesOf } from "./areas/chat-expiration/rules-of";
import { oldestWaiting, openWork } from "./areas/divisions/queue";
import { forgetReopened } from "./areas/divisions/reopened";
import { loadSendingAccount, markAccountFailing, markAccountWorking } from "./areas/integrations/sending-account";
import { copyMedia } from "./areas/media/copy";
import type { ConversationServices, InboxServices, RoutingServices } from "./domain/services";

/** Implements src/domain/services.ts with the areas' functions; the only file that objects import for it. */
export const conversationServices: ConversationServices = {
  windowRules: windowRulesOf,
  loadAccount: loadSendingAccount,
  markAccountFailing,
  markAccountWorking,
  copyMedia,
};

export const inboxServices: InboxServices = { endedCredentials, rightsOfAgents };

export const routingServices: RoutingServices = { openWork, oldestWaiting, forgetReopened };
