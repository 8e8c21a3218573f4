import type { Org } from "../harness";
import fc from "fast-check";
import { type Fixture, newNumber, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    accountId: string;
    phoneNumberId: string;
  }
}

const account = (phoneNumberId: string, more: object = {}) => ({
  channel: "whatsapp",
  display_name: "Mine",
  config: { phone_number_id: phoneNumberId, waba_id: "123456789", access_token: "token-of-a-stranger" },
  ...more,
});

export const connected = async (org: Org): Promise<string> => `/api/integrations/accounts/${(await org.connect()).id}`;

export const integrations: Fixture = {
  races: {
    updateIntegrationAccount: async (org) => ({
      path: await connected(org),
      body: { display_name: "Shop 2" },
      gone: "integration_account_not_found",
    }),
    setDefaultIntegrationAccount: async (org) => {
      await connected(org);
      const path = await connected(org);
      const to = { method: "POST", path: `${path}/default` };
      return { path, to, body: undefined, gone: "integration_account_not_found" };
    },
  },
  make: async ({ org, marker }) => {
    const { id: accountId, phoneNumberId } = await org.connect();
    await org.call("PATCH", `/api/integrations/accounts/${accountId}`, { display_name: `Shop ${marker}` });
    return { accountId, phoneNumberId };
  },
  recipes: {
    listIntegrationAccounts: { asks: () => [{}, { query: { channel: "whatsapp" } }], stranger: ownOnly },
    createIntegrationAccount: {
      asks: (t) => [
        { body: account(t.phoneNumberId) },
        { body: account(t.phoneNumberId, { is_default: true, account_key: `wa-${t.phoneNumberId}` }) },
      ],
      // Somebody has this number; that is all.
      stranger: 409,
      mixed: (_, v) => [[{ body: account(newNumber(), { division_id: v.divisionId }) }, 422]],
    },
    getIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
    deleteIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
    updateIntegrationAccount: {
      asks: (t) =>
        [{ display_name: "Mine now" }, { is_active: false }, { config: { access_token: "mine-now-mine-now" } }].map(
          (body) => ({
            params: { id: t.accountId },
            body,
          }),
        ),
      stranger: 404,
      mixed: (own, v) => [[{ params: { id: own.accountId }, body: { division_id: v.divisionId } }, 422]],
    },
    setDefaultIntegrationAccount: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
  },
  taken: ["createIntegrationAccount"],
  pool: (t) => ({ "id Integrations": [t.accountId, NOBODY], account_id: [t.accountId, NOBODY] }),
  together: () => ({
    updateIntegrationAccount: fc.nat().map((n) => ({ display_name: `Named ${n}` })),
    createIntegrationAccount: fc.integer({ min: 1e14, max: 9e14 }).map((n) => ({
      channel: "whatsapp",
      display_name: `Number ${n}`,
      config: { phone_number_id: String(n), waba_id: "1234567", access_token: "token" },
    })),
  }),
};
