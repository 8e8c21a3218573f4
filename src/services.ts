import { loadSendingAccount, markAccountFailing, markAccountWorking } from "./areas/integrations/sending-account";
import { copyMedia } from "./areas/media/copy";
import type { ConversationServices } from "./domain/services";

/** The areas' side of what the objects need (src/domain/services.ts): the only file that objects import for it. */
export const conversationServices: ConversationServices = {
  loadAccount: loadSendingAccount,
  markAccountFailing,
  markAccountWorking,
  copyMedia,
};
