import { defineChannel } from "../channel";
import { graphEndpointOf } from "../meta/graph";
import { openMessaging } from "../meta/messaging-account";
import { messagingChannel } from "../meta/messaging-channel";
import { capabilities, limits } from "./capabilities";
import { messengerConfig } from "./config";
import { connectionOf } from "./connection";
import { oauth } from "./oauth";

/** Messenger, through Meta's Send API. */
export const messenger = defineChannel({
  channel: "messenger",
  capabilities,
  ...messagingChannel("page", limits),
  config: messengerConfig,
  oauth,
  open: (config, services) => ({
    ...openMessaging({
      endpoint: graphEndpointOf(services),
      node: config.page_id,
      token: config.access_token,
      externalId: config.page_id,
      platform: "messenger",
      limits,
      hasHumanAgent: config.human_agent === "true",
      verifyToken: config.verify_token,
      profileFields: "first_name,last_name,profile_pic",
    }),
    ...connectionOf(config, services),
  }),
});
