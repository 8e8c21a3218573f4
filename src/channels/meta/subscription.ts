import { type ChannelAccount, ChannelError } from "../channel";
import { graphCall } from "./graph";
import type { MessagingAccount } from "./messaging-api";

/**
 * The webhooks of a page. The latest subscription replaces the page's fields, so Messenger and an Instagram account that
 * is linked to the page ask for the same.
 */
export const PAGE_FIELDS =
  "messages,messaging_postbacks,message_deliveries,message_reads,message_echoes,message_edits,message_reactions,messaging_referrals,messaging_optins,messaging_handovers,messaging_policy_enforcement,standby";

/** Subscribes the app to the account's webhooks, and ends that. */
export function subscriptionOf(
  { endpoint, node, token }: Pick<MessagingAccount, "endpoint" | "node" | "token">,
  fields: string,
): Pick<ChannelAccount, "connect" | "disconnect"> {
  const path = `${node}/subscribed_apps`;
  return {
    connect: async () => {
      const query = `?subscribed_fields=${fields}`;
      requireSubscribed(await graphCall(endpoint, token, "POST", path + query, undefined, { idempotent: true }));
      return {};
    },
    disconnect: async () => void (await graphCall(endpoint, token, "DELETE", path)),
  };
}

/** Throws unless Meta says that it subscribed. Both "true" and true occur. */
export function requireSubscribed({ success }: Record<string, unknown>): void {
  if (String(success) !== "false") return;
  throw new ChannelError("forbidden", {
    code: "not_subscribed",
    title: "The app could not be subscribed to the account",
  });
}
