import { defineChannel } from "../channel";
import { openMessaging } from "../meta/messaging-account";
import { accountsOfMessaging, parseMessaging, signerOfMessaging } from "../meta/messaging-events";
import { checkMessaging } from "../meta/messaging-limits";
import { askMessagingChoice } from "../meta/messaging-outbound";
import { capabilities, limits } from "./capabilities";
import { instagramConfig } from "./config";
import { connectionOf } from "./connection";
import { nodeOf } from "./node";
import { oauth } from "./oauth";

/** Instagram, through Meta's messaging API. */
export const instagram = defineChannel({
  channel: "instagram",
  capabilities,
  limits,
  config: instagramConfig,
  secrets: ["access_token", "app_secret"],
  deliverySecret: "app_secret",
  signerOf: signerOfMessaging,
  accountsOf: accountsOfMessaging,
  parse: (delivery) => parseMessaging("instagram", delivery),
  check: (message) => checkMessaging(limits, message),
  askChoice: askMessagingChoice,
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
