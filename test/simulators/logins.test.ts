import { expect, it } from "vitest";
import { start } from "./harness";

const FACEBOOK = "https://graph.facebook.com/www.facebook.com/v24.0/dialog/oauth";
const dialog = (more: Record<string, string> = {}) =>
  `${FACEBOOK}?${new URLSearchParams({
    client_id: "1000000000000001",
    redirect_uri: "https://app.test/connect",
    response_type: "code",
    scope: "pages_messaging",
    state: "s",
    ...more,
  }).toString()}`;

it("shows a dialog with both buttons, and a person why there is none", async () => {
  const { simulator } = start();
  const page = await simulator.fetch(new Request(dialog({ scope: "<b>pages</b>" })));
  const html = await page.text();
  expect(page.status).toBe(200);
  for (const text of [">Allow<", ">Cancel<", "Toko Biru"]) expect(html).toContain(text);
  expect(html).not.toContain("<b>");
  const wrong = { client_id: "7", redirect_uri: "nowhere", response_type: "token", scope: "" };
  for (const [name, value] of Object.entries(wrong))
    expect((await simulator.fetch(new Request(dialog({ [name]: value })))).status).toBe(400);
});

it("gives a code once, to whoever has the secret and the address of the dialog", async () => {
  const { simulator, call } = start();
  const form = new URL(dialog()).searchParams;
  form.append("choice", "111899832631525");
  form.set("decision", "allow");
  const returned = await simulator.fetch(new Request(FACEBOOK, { method: "POST", body: form }));
  const code = new URL(returned.headers.get("location")!).searchParams.get("code")!;
  const exchange = async (more: Record<string, string> = {}) => {
    const query = {
      client_id: "1000000000000001",
      client_secret: "app-secret",
      code,
      redirect_uri: "https://app.test/connect",
    };
    const answer = await call(`/oauth/access_token?${new URLSearchParams({ ...query, ...more }).toString()}`);
    return (await answer.json()) as { access_token?: string; error?: { message: string } };
  };
  expect((await exchange({ client_secret: "x" })).error?.message).toContain("client secret");
  expect((await exchange({ redirect_uri: "https://app.test/other" })).error?.message).toContain("redirect_uri");
  const { access_token: token } = await exchange();
  expect((await exchange()).error?.message).toContain("has been used");
  const pages = (await (await call("/me/accounts", {}, token)).json()) as { data: { id: string }[] };
  expect(pages.data.map(({ id }) => id)).toEqual(["111899832631525"]);
});

it("wants a Get Started button before a menu, and the menu gone before the button", async () => {
  const { call, post } = start();
  const path = "/110000000000002/messenger_profile";
  const menu = [{ locale: "default", call_to_actions: [{ type: "postback", title: "A", payload: "A" }] }];
  expect((await post(path, { persistent_menu: menu })).status).toBe(400);
  expect((await post(path, { get_started: { payload: "G" }, persistent_menu: menu })).status).toBe(200);
  const drop = (fields: string[]) => call(path, { method: "DELETE", body: JSON.stringify({ fields }) });
  expect((await drop(["get_started"])).status).toBe(400);
  expect((await drop(["persistent_menu"])).status).toBe(200);
  expect((await drop(["get_started"])).status).toBe(200);
});

it("ends tokens and codes on demand, over HTTP", async () => {
  const { simulator } = start();
  const control = (body: object) =>
    simulator.fetch(
      new Request("https://graph.facebook.com/_sim/logins", { method: "POST", body: JSON.stringify(body) }),
    );
  expect(await (await control({ revoke: "111899832631525", expireCodes: true })).json()).toEqual({ revoked: 0 });
});
