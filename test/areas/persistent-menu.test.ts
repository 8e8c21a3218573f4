import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { graph, type Org, organization } from "../harness";
import type { LoginPage } from "../../simulators/graph/login-state.ts";
import { accountOf } from "../../simulators/graph/messaging-state.ts";
import { newPage } from "../login";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 30_000 });
afterEach(() => graph.faults.clear());

const PATH = "/api/integrations/messenger/persistent-menu";
const PERSON = { type: "postback", title: "Talk to a person", payload: "PERSON" };
const ORDERS = { type: "web_url", title: "My orders", url: "https://shop.example.com/orders" };
const menu = (...call_to_actions: object[]) => [{ locale: "default", composer_input_disabled: false, call_to_actions }];

const profileOf = ({ id }: LoginPage) => accountOf(graph.state, "messenger", id).profile;

let org: Org;
let page: LoginPage;
let accountId: string;
async function connect(to: LoginPage): Promise<string> {
  const { status, body } = await org.call("POST", "/api/integrations/accounts", {
    channel: "messenger",
    display_name: "Page",
    config: { page_id: to.id, access_token: "a-page-token" },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}
beforeEach(async () => {
  org = await organization();
  page = newPage();
  accountId = await connect(page);
});
const set = (persistent_menu: unknown, more: object = {}) => org.call("POST", PATH, { persistent_menu, ...more });

it("sets, shows and deletes the menu; a page without a Get Started button gets one first", async () => {
  expect((await org.call("GET", PATH)).body).toEqual({ account_id: accountId, persistent_menu: [] });
  const made = await set([
    { call_to_actions: [PERSON, ORDERS] },
    { locale: "id_ID", composer_input_disabled: true, call_to_actions: [ORDERS] },
  ]);
  expect(made).toMatchObject({
    status: 200,
    body: {
      account_id: accountId,
      persistent_menu: [
        { locale: "default", composer_input_disabled: false, call_to_actions: [PERSON, ORDERS] },
        { locale: "id_ID", composer_input_disabled: true },
      ],
    },
  });
  expect(profileOf(page).get_started).toEqual({ payload: "GET_STARTED" });
  expect((await org.call("GET", PATH)).body).toEqual(made.body);
  expect((await set(null)).body.persistent_menu).toEqual([]);
  expect((await set(null)).status).toBe(200);
  expect(profileOf(page).persistent_menu).toBeUndefined();
});

it("leaves a Get Started button that is there", async () => {
  Object.assign(profileOf(page), { get_started: { payload: "OURS" } });
  expect((await set(menu(PERSON))).status).toBe(200);
  expect(profileOf(page).get_started).toEqual({ payload: "OURS" });
});

it("is the default account's, or that of the account that is named", async () => {
  const second = newPage();
  const other = await connect(second);
  expect((await set(menu(ORDERS), { account_id: other })).body.account_id).toBe(other);
  expect([profileOf(page).persistent_menu, profileOf(second).persistent_menu]).toEqual([undefined, menu(ORDERS)]);
  expect((await org.call("GET", `${PATH}?account_id=${other}`)).body.persistent_menu).toEqual(menu(ORDERS));
});

it.each([
  ["no default", [{ locale: "id_ID", call_to_actions: [PERSON] }]],
  ["a locale twice", [...menu(PERSON), ...menu(ORDERS)]],
  ["an unknown locale", [{ locale: "Indonesian", call_to_actions: [PERSON] }]],
  ["no entry", menu()],
  ["too many entries", menu(...Array.from({ length: 21 }, () => PERSON))],
  ["a long title", menu({ ...PERSON, title: "x".repeat(31) })],
  ["a long payload", menu({ ...PERSON, payload: "x".repeat(1001) })],
  ["an address that is not public", menu({ ...ORDERS, url: "https://10.0.0.1/" })],
  ["an address without TLS", menu({ ...ORDERS, url: "http://shop.example.com" })],
  ["a script", menu({ ...ORDERS, url: "javascript:alert(1)" })],
  ["a nested entry", menu({ type: "nested", title: "More", call_to_actions: [PERSON] })],
  ["no list", {}],
])("refuses %s", async (_, wrong) => {
  expectProblem(await set(wrong), 422, "invalid_request");
  expect(profileOf(page)).toEqual({});
});

it("answers the channel's words, its absence, and nothing of another organization", async () => {
  graph.faults.set({ deadTokens: ["a-page-token"] });
  const refused = await set(menu(PERSON));
  expectProblem(refused, 422, "channel_refused");
  expect(refused.body.detail).toContain("190");
  graph.faults.set({ outage: { mode: "500" } });
  expectProblem(await org.call("GET", PATH), 503, "channel_unavailable");
  graph.faults.clear();
  const other = await organization();
  expectProblem(await other.call("GET", PATH), 404, "integration_account_not_found");
  expectProblem(
    await other.call("POST", PATH, { account_id: accountId, persistent_menu: null }),
    404,
    "integration_account_not_found",
  );
  const { id } = await org.connect();
  expectProblem(await org.call("GET", `${PATH}?account_id=${id}`), 404, "integration_account_not_found");
});
