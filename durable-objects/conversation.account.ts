import type { ConversationState } from "../src/domain/conversation/state";
import type { SendingAccount } from "../src/domain/sending-account";
import type { ConversationServices } from "../src/domain/services";
import { clock, SECOND } from "../src/kit/clock";
import type { AccountHost } from "./conversation.host";

/** How long a message may still leave after its account was deactivated. */
const ACCOUNT_CACHE_MS = 5 * SECOND;

/** The conversation's channel account, read once for several messages. */
export function accountHost(env: Env, services: ConversationServices, state: () => ConversationState): AccountHost {
  let known: { readAt: number; value: SendingAccount } | undefined;
  return {
    account: async (constraint) => {
      if (known && clock.now() - known.readAt < ACCOUNT_CACHE_MS) return known.value;
      const value = await services.loadAccount(env, state(), constraint);
      // A failure is not kept: the account may be repaired at any moment.
      known = "failure" in value ? undefined : { readAt: clock.now(), value };
      return value;
    },
    forgetAccount: () => (known = undefined),
    markAccountFailing: (used, error) => services.markAccountFailing(env, state(), used, error),
    markAccountWorking: (used) => services.markAccountWorking(env, state(), used),
    copyMedia: (used, reference, key) => services.copyMedia(env, used, reference, key),
  };
}
