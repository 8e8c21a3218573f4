import fc from "fast-check";
import { expect } from "vitest";
import { created, type Fixture, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    pushSubscriptionId: string;
  }
}

/** The keys of the example in RFC 8291. */
const keys = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};
const subscription = (): object => ({ endpoint: `https://push.example.com/${next()}-${Date.now()}`, keys });

export const push: Fixture = {
  make: async ({ org }) => ({
    pushSubscriptionId: (await org.call("POST", "/api/push/subscriptions", subscription())).body.id,
  }),
  recipes: {
    getPushKey: { asks: () => [{}], stranger: ownOnly, unprivileged: ownOnly, readKey: ownOnly },
    listPushSubscriptions: {
      asks: () => [{}],
      stranger: ownOnly,
      unprivileged: ({ status, body }) => expect([status, body]).toEqual([200, []]),
      readKey: ownOnly,
    },
    subscribeToPush: {
      asks: () => [{ body: subscription() }],
      stranger: created,
      unprivileged: created,
      readKey: 403,
    },
    unsubscribeFromPush: {
      asks: (t) => [{ params: { id: t.pushSubscriptionId } }],
      stranger: 404,
      unprivileged: 404,
      readKey: 403,
    },
  },
  pool: (t) => ({ "id Push": [t.pushSubscriptionId, NOBODY] }),
  together: () => ({ subscribeToPush: fc.nat().map(subscription) }),
};
