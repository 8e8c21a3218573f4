import { clock, DAY } from "../../kit/clock";
import type { ChannelAccount, ChannelServices } from "../channel";
import { PAGE_FIELDS, subscriptionOf } from "../meta/subscription";
import type { InstagramConfig } from "./config";
import { nodeOf } from "./node";
import { renewedToken } from "./oauth";

const FIELDS =
  "messages,messaging_postbacks,messaging_seen,message_reactions,message_edit,messaging_referral,messaging_optins,messaging_handover,standby";

/** Tokens of Instagram's own login live 60 days: 20 days remain for attempts when a renewal fails. */
const RENEW_BEFORE_MS = 20 * DAY;
/** For a token whose age is unknown. It can be renewed once it is a day old. */
const RENEW_UNKNOWN_AFTER_MS = 1.5 * DAY;

/** The parts of an account that concern its connection. Graph accepts only the account's own token. */
export function connectionOf(
  config: InstagramConfig,
  services: ChannelServices,
): Pick<ChannelAccount, "connect" | "disconnect" | "renew" | "renewAt"> {
  const account = { ...nodeOf(config, services), token: config.access_token };
  return {
    ...subscriptionOf(account, config.login === "facebook" ? PAGE_FIELDS : FIELDS),
    // A page's token does not expire.
    ...(config.login === "instagram" && {
      renewAt:
        config.token_expires_at === undefined
          ? clock.now() + RENEW_UNKNOWN_AFTER_MS
          : Number(config.token_expires_at) - RENEW_BEFORE_MS,
      renew: () => renewedToken(config.access_token, services),
    }),
  };
}
