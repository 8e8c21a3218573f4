import { type Fixture } from "./fixture";

export const ingest: Fixture = {
  recipes: {},
  open: {
    verifyMetaWebhook: "proves itself by a token: hostile.test.ts",
    receiveMetaWebhook: "proves itself by a signature: hostile.test.ts",
    verifyMessengerWebhook: "as verifyMetaWebhook: messenger.test.ts",
    receiveMessengerWebhook: "as receiveMetaWebhook: messenger.test.ts",
    verifyInstagramWebhook: "as verifyMetaWebhook: instagram.test.ts",
    receiveInstagramWebhook: "as receiveMetaWebhook: instagram.test.ts",
  },
};
