import { type Fixture } from "./fixture";

export const ingest: Fixture = {
  recipes: {},
  open: {
    verifyMetaWebhook: "proves itself by a token: hostile.test.ts",
    receiveEmailWebhook: "proves itself by a secret or a signature: email.test.ts",
    receiveEmailWebhookAt: "proves itself by the secret in its path: email.test.ts",
    receiveMetaWebhook: "proves itself by a signature: hostile.test.ts",
    verifyMessengerWebhook: "as verifyMetaWebhook: messenger.test.ts",
    receiveMessengerWebhook: "as receiveMetaWebhook: messenger.test.ts",
    verifyInstagramWebhook: "as verifyMetaWebhook: instagram.test.ts",
    receiveInstagramWebhook: "as receiveMetaWebhook: instagram.test.ts",
  },
};
