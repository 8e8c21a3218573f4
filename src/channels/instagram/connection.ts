import type { ChannelAccount, ChannelServices } from "../channel";
import { graphCall } from "../meta/graph";
import { requireSubscribed } from "../meta/messaging-api";
import type { InstagramConfig } from "./config";
import { nodeOf } from "./node";

const FIELDS =
  "messages,messaging_postbacks,messaging_seen,message_reactions,message_edit,messaging_referral,messaging_optins,messaging_handover,standby";
/** `messaging_seen` is not a field of a page. */
const PAGE_FIELDS =
  "messages,messaging_postbacks,message_reads,message_echoes,message_reactions,messaging_referrals,messaging_handovers,standby";

/** The parts of an account that concern its connection. */
export function connectionOf(
  config: InstagramConfig,
  services: ChannelServices,
): Pick<ChannelAccount, "connect" | "disconnect"> {
  const { endpoint, node } = nodeOf(config, services);
  const fields = config.login === "facebook" ? PAGE_FIELDS : FIELDS;
  return {
    connect: async () => {
      const path = `${node}/subscribed_apps?subscribed_fields=${fields}`;
      requireSubscribed(await graphCall(endpoint, config.access_token, "POST", path, undefined, { idempotent: true }));
      return {};
    },
    disconnect: async () => void (await graphCall(endpoint, config.access_token, "DELETE", `${node}/subscribed_apps`)),
  };
}
