import fc from "fast-check";
import { receivers } from "../harness";
import { created, type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    webhookId: string;
    webhookDeliveryId: string;
  }
}

const HOST = "hooks.fixture.example";
receivers.set(HOST, () => new Response("taken"));
const newWebhook = (more: object = {}) => ({
  name: `mine ${next()}`,
  url: `https://${HOST}/mine`,
  events: ["contact.updated"],
  ...more,
});

export const webhooks: Fixture = {
  make: async ({ org, marker }) => {
    const url = `https://${HOST}/${encodeURIComponent(marker)}`;
    const { body } = await org.call("POST", "/api/webhooks", newWebhook({ name: `hook ${marker}`, url }));
    const test = await org.call("POST", `/api/webhooks/${body.id}/test`, {});
    return { webhookId: body.id, webhookDeliveryId: test.body.id };
  },
  recipes: {
    listWebhooks: { asks: () => [{}], stranger: ownOnly },
    createWebhook: {
      asks: () => [
        { body: newWebhook() },
        { body: newWebhook({ channels: ["whatsapp"], headers: { "x-gateway-key": "a key" }, max_per_second: 5 }) },
      ],
      stranger: created,
      mixed: (_, v) => [[{ body: newWebhook({ division_ids: [v.divisionId] }) }, 422]],
    },
    listWebhookEvents: { asks: () => [{}], stranger: ownOnly },
    updateWebhook: {
      asks: (t) => [
        {
          params: { id: t.webhookId },
          body: { name: `renamed ${next()}`, events: ["agent.created"], max_per_second: 100 },
        },
      ],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.webhookId }, body: { division_ids: [v.divisionId] } }, 422]],
    },
    listWebhookDeliveries: {
      asks: (t) => [
        { params: { id: t.webhookId } },
        { params: { id: t.webhookId }, query: { status: "success", event_type: "contact.updated" } },
      ],
      stranger: 404,
    },
    resendWebhookDelivery: {
      asks: (t) => [{ params: { id: t.webhookId, delivery_id: t.webhookDeliveryId } }],
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.webhookId, delivery_id: v.webhookDeliveryId } }, 404]],
    },
    getWebhookStatistics: {
      asks: (t) => [{ params: { id: t.webhookId } }, { params: { id: t.webhookId }, query: { days: "30" } }],
      stranger: 404,
    },
    testWebhook: { asks: (t) => [{ params: { id: t.webhookId }, body: {} }], stranger: 404 },
    recoverWebhook: {
      asks: (t) => [{ params: { id: t.webhookId }, body: { since: "2026-01-01T00:00:00Z" } }],
      stranger: 404,
    },
    rotateWebhookSecret: { asks: (t) => [{ params: { id: t.webhookId }, body: {} }], stranger: 404 },
    deleteWebhook: { asks: (t) => [{ params: { id: t.webhookId } }], stranger: 404 },
  },
  races: {
    updateWebhook: async (org) => ({
      path: await made(org, "/api/webhooks", newWebhook()),
      body: { name: `raced ${next()}` },
      gone: "webhook_not_found",
    }),
  },
  pool: (t) => ({
    "id Outgoing Webhooks": [t.webhookId, NOBODY],
    delivery_id: [t.webhookDeliveryId, NOBODY],
    division_ids: [t.divisionId, NOBODY],
    url: [`https://${HOST}/fuzz`],
  }),
  together: () => ({
    createWebhook: fc.nat().map((n) => newWebhook({ name: `fuzz ${n}`, events: ["message.received"] })),
  }),
};
