import type { ChannelAccount, ChannelServices } from "../channel";
import { graphCall, graphEndpointOf } from "../meta/graph";
import { requireSubscribed } from "../meta/messaging-api";
import type { MessengerConfig } from "./config";
import { menuOf } from "./menu";

const FIELDS = [
  "messages",
  "messaging_postbacks",
  "message_deliveries",
  "message_reads",
  "message_echoes",
  "message_edits",
  "message_reactions",
  "messaging_referrals",
  "messaging_optins",
  "messaging_handovers",
  "messaging_policy_enforcement",
  "standby",
].join(",");

/** The parts of an account that concern its connection. */
export function connectionOf(
  config: MessengerConfig,
  services: ChannelServices,
): Pick<ChannelAccount, "connect" | "disconnect" | "menu"> {
  const endpoint = graphEndpointOf(services);
  const { page_id: page, access_token: token } = config;
  return {
    connect: async () => {
      const path = `${page}/subscribed_apps?subscribed_fields=${FIELDS}`;
      requireSubscribed(await graphCall(endpoint, token, "POST", path, undefined, { idempotent: true }));
      return {};
    },
    disconnect: async () => void (await graphCall(endpoint, token, "DELETE", `${page}/subscribed_apps`)),
    menu: menuOf(endpoint, config),
  };
}
