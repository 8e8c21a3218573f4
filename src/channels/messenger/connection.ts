import type { ChannelAccount, ChannelServices } from "../channel";
import { graphEndpointOf } from "../meta/graph";
import { PAGE_FIELDS, subscriptionOf } from "../meta/subscription";
import type { MessengerConfig } from "./config";
import { menuOf } from "./menu";

/** The parts of an account that concern its connection. */
export function connectionOf(
  config: MessengerConfig,
  services: ChannelServices,
): Pick<ChannelAccount, "connect" | "disconnect" | "menu"> {
  const endpoint = graphEndpointOf(services);
  return {
    ...subscriptionOf({ endpoint, node: config.page_id, token: config.access_token }, PAGE_FIELDS),
    menu: menuOf(endpoint, config),
  };
}
