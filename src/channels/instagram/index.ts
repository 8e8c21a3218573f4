import { defineChannel } from "../channel";
import { openMessaging } from "../meta/messaging-account";
import { messagingChannel } from "../meta/messaging-channel";
import { capabilities, limits } from "./capabilities";
import { instagramConfig } from "./config";
import { connectionOf } from "./connection";
import { nodeOf } from "./node";
import { oauth } from "./oauth";

/** Instagram, through Meta's messaging API. */
export const instagram = defineChannel({
  channel: "instagram",
  capabilities,
  ...messagingChannel("instagram", limits),
  config: instagramConfig,
  oauth,
  open: (config, services) => ({
    ...openMessaging({
      ...nodeOf(config, services),
      token: config.access_token,
      externalId: config.instagram_id,
      platform: "instagram",
      limits,
      hasHumanAgent: config.human_agent === "true",
      verifyToken: config.verify_token,
      profileFields: "name,username,profile_pic",
    }),
    ...connectionOf(config, services),
  }),
});
