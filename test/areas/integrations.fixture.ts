import type { Org } from "../harness";
import fc from "fast-check";
import { expect } from "vitest";
import { graph } from "../harness";
import { allowed, loginPath, newInstagram, newPage, newSignupNumber } from "../login";
import { type Expected, type Fixture, newNumber, NOBODY, ownOnly } from "./fixture";

declare module "./fixture" {
  interface Tenant {
    accountId: string;
    phoneNumberId: string;
    /** The default account of Messenger. */
    menuAccountId: string;
    /** A page that is connected besides that. */
    pageId: string;
    /** Bodies that complete a login, each once, in the session of the tenant's admin. */
    signup: object;
    instagramLogin: object;
    messengerLogin: object;
    subscription: { state: string; page_ids: string[] };
  }
}

const account = (phoneNumberId: string, more: object = {}) => ({
  channel: "whatsapp",
  display_name: "Mine",
  config: { phone_number_id: phoneNumberId, waba_id: "123456789", access_token: "token-of-a-stranger" },
  ...more,
});

/** The stranger's own, unless an earlier call has deleted it. */
const ownIfAny: Expected = ({ status }) => expect([200, 404]).toContain(status);

/** Logins of the organization's admin that only their last call is missing. */
async function logins(org: Org) {
  const { id } = newSignupNumber();
  const signup = await allowed(org, "whatsapp", id);
  // The walks take longer than the half minute that such a code lives.
  graph.state.logins.codes.get(signup.code)!.expiresAt = Infinity;
  const page = newPage();
  const granted = await allowed(org, "messenger", page.id);
  expect((await org.call("POST", loginPath("messenger"), granted)).status).toBe(200);
  return {
    signup,
    instagramLogin: await allowed(org, "instagram", newInstagram().id),
    messengerLogin: await allowed(org, "messenger", page.id),
    subscription: { state: granted.state, page_ids: [page.id] },
  };
}

async function connectedPage(org: Org): Promise<{ id: string; pageId: string }> {
  const { id: pageId } = newPage();
  const { body } = await org.call("POST", "/api/integrations/accounts", {
    channel: "messenger",
    display_name: "Page",
    config: { page_id: pageId, access_token: "a-page-token" },
  });
  return { id: body.id, pageId };
}

const MENU = { persistent_menu: [{ call_to_actions: [{ type: "postback", title: "A person", payload: "PERSON" }] }] };

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
    const { id: menuAccountId } = await connectedPage(org);
    const { pageId } = await connectedPage(org);
    return { accountId, phoneNumberId, menuAccountId, pageId, ...(await logins(org)) };
  },
  // The page is of the second account: the channel's default one is deleted before.
  endings: ["disconnectMessengerPage"],
  recipes: {
    listIntegrations: { asks: () => [{}], stranger: ownOnly },
    getIntegration: { asks: () => [{ params: { channel: "whatsapp" } }], stranger: ownOnly },
    upsertIntegration: {
      asks: () => [{ params: { channel: "whatsapp" }, body: { is_active: true } }],
      stranger: ownOnly,
      mixed: (_, v) => [[{ params: { channel: "whatsapp" }, body: { division_id: v.divisionId } }, 422]],
    },
    deleteIntegration: { asks: () => [{ params: { channel: "messenger" } }], stranger: ownIfAny },
    getIntegrationAccountHealth: { asks: (t) => [{ params: { id: t.accountId } }], stranger: 404 },
    getEmbeddedSignupConfig: { asks: () => [{}], stranger: ownOnly },
    completeEmbeddedSignup: { asks: (t) => [{ body: t.signup }], stranger: 422 },
    getInstagramOAuthConfig: { asks: () => [{}], stranger: ownOnly },
    connectInstagram: { asks: (t) => [{ body: t.instagramLogin }], stranger: 422 },
    getMessengerOAuthConfig: { asks: () => [{}], stranger: ownOnly },
    connectMessenger: { asks: (t) => [{ body: t.messengerLogin }], stranger: 422 },
    subscribeMessengerPages: { asks: (t) => [{ body: t.subscription }], stranger: 422 },
    disconnectMessengerPage: { asks: (t) => [{ body: { page_id: t.pageId } }], stranger: 404 },
    getPersistentMenu: {
      asks: () => [{}],
      stranger: ownIfAny,
      mixed: (_, v) => [[{ query: { account_id: v.menuAccountId } }, 404]],
    },
    setPersistentMenu: {
      asks: () => [{ body: MENU }, { body: { persistent_menu: null } }],
      stranger: ownIfAny,
      mixed: (_, v) => [[{ body: { ...MENU, account_id: v.menuAccountId } }, 404]],
    },
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
  pool: (t) => ({
    "id Integrations": [t.accountId, NOBODY],
    account_id: [t.accountId, NOBODY],
    page_id: [t.pageId, "1"],
  }),
  together: (t) => ({
    completeEmbeddedSignup: fc.constant(t.signup),
    connectInstagram: fc.constant(t.instagramLogin),
    connectMessenger: fc.constant(t.messengerLogin),
    subscribeMessengerPages: fc.constant(t.subscription),
    setPersistentMenu: fc.constant(MENU),
    updateIntegrationAccount: fc.nat().map((n) => ({ display_name: `Named ${n}` })),
    createIntegrationAccount: fc.integer({ min: 1e14, max: 9e14 }).map((n) => ({
      channel: "whatsapp",
      display_name: `Number ${n}`,
      config: { phone_number_id: String(n), waba_id: "1234567", access_token: "token" },
    })),
  }),
};
