import type { ConversationIdentity } from "../src/domain/conversation/state";
import type { SendingAccount } from "../src/domain/sending-account";
import type { ConversationServices } from "../src/domain/services";
import { clock, SECOND } from "../src/kit/clock";
import { adapterOf } from "../src/channels/registry";
import { windowStatusAt } from "../src/domain/window";
import type { AccountHost, ConversationHost } from "./conversation.host";

/** The age up to which an account is reused: a deactivated account may send for this long. */
const ACCOUNT_CACHE_MS = 5 * SECOND;

/** Gives the conversation's channel account. Messages sent shortly after each other share one read. */
export function accountHost(env: Env, services: ConversationServices, state: () => ConversationIdentity): AccountHost {
  let cached: { readAt: number; value: SendingAccount } | undefined;
  return {
    account: async (constraint) => {
      if (cached && clock.now() - cached.readAt < ACCOUNT_CACHE_MS) return cached.value;
      const value = await services.loadAccount(env, state(), constraint);
      // A failure is not cached: the account may be repaired at any moment.
      cached = "failure" in value ? undefined : { readAt: clock.now(), value };
      return value;
    },
    forgetAccount: () => (cached = undefined),
    markAccountFailing: (used, error) => services.markAccountFailing(env, state(), used, error),
    markAccountWorking: (used) => services.markAccountWorking(env, state(), used),
    sendingFacts: (addresses, agentId) => services.sendingFacts(env, state(), addresses, agentId),
    keepMailNames: (message, names) => services.keepMailNames(env, state(), state().id, message, names),
    copyMedia: (used, reference, key) => services.copyMedia(env, used, reference, key),
  };
}

/** How long people may answer after the window; undefined while it is open. The account is asked only once it has closed. */
export async function humanAgentHoursOf(host: ConversationHost): Promise<number | undefined> {
  const { channel, lastInboundAt } = host.state;
  const isLate = windowStatusAt(lastInboundAt, host.window, clock.now()) === "expired";
  if (!isLate || !adapterOf(channel)?.capabilities.window.humanAgentHours) return undefined;
  const account = await host.account();
  return "failure" in account ? 0 : (account.client.humanAgentHours ?? 0);
}
