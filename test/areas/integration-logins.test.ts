import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runSweep } from "../../src/sweeps/run";
import { publicContext } from "../../src/app";
import { renewDueTokens } from "../../src/areas/integrations/renew-due";
import { clock, DAY, HOUR, MINUTE } from "../../src/kit/clock";
import { expireCodes, issueCode, revokeTokens } from "../../simulators/graph/login-state.ts";
import { door, eventually, graph, login, type Org, organization } from "../harness";
import { allowed, decide, loginPath, newInstagram, newMetaId, newPage, newSignupNumber } from "../login";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 30_000 });

const { now } = clock;
afterEach(() => {
  clock.now = now;
  graph.faults.clear();
});
const later = (ms: number): void => void (clock.now = () => now() + ms);

let org: Org;
beforeEach(async () => {
  org = await organization();
});
const complete = (channel: "whatsapp" | "instagram" | "messenger", body: object, who = org as Pick<Org, "call">) =>
  who.call("POST", loginPath(channel), body);
const accounts = async () => (await org.call("GET", "/api/integrations/accounts")).body;
const subscribe = (state: string, ...page_ids: string[]) =>
  org.call("POST", "/api/integrations/messenger/pages/subscribe", { state, page_ids });

describe("the config of a login", () => {
  it("has what a browser needs, and no secret", async () => {
    for (const channel of ["whatsapp", "instagram", "messenger"] as const) {
      const { status, body } = await org.call("GET", loginPath(channel));
      expect([status, body.configured, body.redirect_uri]).toEqual([200, true, `http://app.test/connect/${channel}`]);
      const url = new URL(body.authorize_url);
      expect(url.searchParams.get("state")).toBe(body.state);
      expect(url.searchParams.get("client_id")).toBe(body.app_id);
      expect(url.searchParams.get("redirect_uri")).toBe(body.redirect_uri);
      expect(Date.parse(body.expires_at) - Date.now()).toBeGreaterThan(9 * MINUTE);
      expect(JSON.stringify(body)).not.toMatch(/secret/);
    }
  });

  it("is for those who may connect accounts", async () => {
    const supervisor = await org.agent("supervisor");
    for (const channel of ["whatsapp", "instagram", "messenger"] as const)
      expectProblem(await supervisor.call("GET", loginPath(channel)), 403, "forbidden");
  });
});

describe("the page to which dialogs return", () => {
  it("is served for each login, runs no script but its own, and has nothing of the address in it", async () => {
    for (const channel of ["whatsapp", "instagram", "messenger"]) {
      const page = await door(`/connect/${channel}?code=a-secret-code&state=<script>`);
      const html = await page.text();
      expect([page.status, page.headers.get("referrer-policy")]).toEqual([200, "no-referrer"]);
      expect(html).not.toContain("a-secret-code");
      const script = /<script>([\s\S]*)<\/script>/.exec(html)![1]!;
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
      const policy = page.headers.get("content-security-policy")!;
      expect(policy).toContain(`script-src 'sha256-${Buffer.from(digest).toString("base64")}'`);
      expect(policy).toContain("default-src 'none'");
    }
    for (const channel of ["email", "__proto__", "telegram"])
      expect((await door(`/connect/${channel}`)).status).toBe(404);
  });
});

describe("a state", () => {
  const body = async () => allowed(org, "instagram", newInstagram().id);

  it("works once, also for two calls at once", async () => {
    const first = await body();
    const answers = await Promise.all([complete("instagram", first), complete("instagram", first)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expectProblem(await complete("instagram", first), 409, "login_state_used");
    expect(await accounts()).toHaveLength(1);
  });

  it("is bound to the session, the organization and the channel", async () => {
    const first = await body();
    const [other, colleague] = [await organization(), await login(org.email)];
    for (const who of [other, colleague])
      expectProblem(await complete("instagram", first, who), 422, "login_state_invalid");
    expectProblem(await complete("messenger", first), 422, "login_state_invalid");
    for (const state of ["x", first.state.slice(0, -2), `B${first.state.slice(1)}`])
      expectProblem(await complete("instagram", { ...first, state }), 422, "login_state_invalid");
    expect((await complete("instagram", first)).status).toBe(200);
    expect((await other.call("GET", "/api/integrations/accounts")).body).toEqual([]);
  });

  it("expires after ten minutes", async () => {
    const first = await body();
    later(10 * MINUTE + 1);
    expectProblem(await complete("instagram", first), 422, "login_state_expired");
    clock.now = now;
    expect((await complete("instagram", first)).status).toBe(200);
  });

  it("is used up by a person who cancels, and says what the channel said", async () => {
    const { body: config } = await org.call("GET", loginPath("instagram"));
    const { state, error, error_description } = await decide(config.authorize_url, [], "cancel");
    expect(error).toBe("access_denied");
    const denied = await complete("instagram", { state, error, error_description });
    expectProblem(denied, 422, "login_denied");
    expect(denied.body.detail).toBe("The user denied your request");
    expectProblem(await complete("instagram", { state, code: "x" }), 409, "login_state_used");
    expect(await accounts()).toEqual([]);
  });

  it("can be used again if the channel did not answer", async () => {
    const first = await body();
    graph.faults.set({ outage: { mode: "500" } });
    expectProblem(await complete("instagram", first), 503, "channel_unavailable");
    graph.faults.clear();
    expect((await complete("instagram", first)).status).toBe(200);
  });

  it("continues nothing without a code that was exchanged", async () => {
    const { body: config } = await org.call("GET", loginPath("instagram"));
    expectProblem(await complete("instagram", { state: config.state }), 422, "login_code_missing");
  });
});

describe("Instagram", () => {
  it("connects the account with a token of sixty days, subscribed, and answers no secret", async () => {
    const account = newInstagram();
    const made = await complete("instagram", await allowed(org, "instagram", account.id));
    expect(made).toMatchObject({
      status: 200,
      body: {
        channel: "instagram",
        account_key: account.id,
        display_name: `@${account.username}`,
        is_default: true,
        health: "connected",
        config: { instagram_id: account.id, username: account.username, login: "instagram" },
      },
    });
    expect(made.body.config.access_token).toMatch(/^••••/);
    expect(Number(made.body.config.token_expires_at)).toBeGreaterThan(Date.now() + 59 * DAY);
    expect(account.subscribedFields).toContain("messages");
    const [token] = tokensOf(account.id).at(-1)!;
    const rows = await org.tenantDb.prepare("SELECT * FROM integration_accounts WHERE org_id = ?").bind(org.id).all();
    const logins = await org.tenantDb.prepare("SELECT * FROM integration_logins WHERE org_id = ?").bind(org.id).all();
    expect(JSON.stringify([rows.results, logins.results, made.body])).not.toContain(token);
    expect(logins.results).toMatchObject([{ granted: null }]);
  });

  it("understands the older form of the token's answer", async () => {
    graph.state.logins.flatInstagramTokens = true;
    const body = await allowed(org, "instagram", newInstagram().id);
    const made = await complete("instagram", body);
    graph.state.logins.flatInstagramTokens = false;
    expect(made.status).toBe(200);
  });

  it("answers the channel's words for a code that is wrong or too old", async () => {
    const first = await allowed(org, "instagram", newInstagram().id);
    expireCodes(graph.state.logins);
    const expired = await complete("instagram", first);
    expectProblem(expired, 422, "channel_refused");
    expect(expired.body.detail).toContain("This authorization code has expired.");
    expect(expired.body.detail).not.toContain(first.code);
    const { body: config } = await org.call("GET", loginPath("instagram"));
    const wrong = await complete("instagram", { state: config.state, code: "nonsense" });
    expectProblem(wrong, 422, "channel_refused");
  });

  it("gives a connected account its new token, and keeps what else is there", async () => {
    const account = newInstagram();
    const made = await complete("instagram", await allowed(org, "instagram", account.id));
    await org.call("PATCH", `/api/integrations/accounts/${made.body.id}`, {
      display_name: "Our shop",
      config: { human_agent: "true" },
    });
    revokeTokens(graph.state.logins, account.id);
    const again = await complete("instagram", await allowed(org, "instagram", account.id));
    expect(again.body).toMatchObject({
      id: made.body.id,
      display_name: "Our shop",
      config: { human_agent: "true" },
      health: "connected",
    });
    expect(await accounts()).toHaveLength(1);
  });

  it("does not take another organization's account", async () => {
    const account = newInstagram();
    const other = await organization();
    expect((await complete("instagram", await allowed(other, "instagram", account.id), other)).status).toBe(200);
    expectProblem(
      await complete("instagram", await allowed(org, "instagram", account.id)),
      409,
      "integration_account_exists",
    );
  });

  it("continues without the code when a step behind the exchange failed", async () => {
    const account = newInstagram();
    const first = await allowed(org, "instagram", account.id);
    graph.faults.set({ serverError: { endpoint: "subscribed_apps", times: 1 } });
    expectProblem(await complete("instagram", first), 503, "channel_unavailable");
    expect(await accounts()).toEqual([]);
    expectProblem(await complete("instagram", first), 409, "login_state_used");
    const continued = await complete("instagram", { state: first.state });
    expect(continued).toMatchObject({ status: 200, body: { config: { instagram_id: account.id } } });
    expectProblem(await complete("instagram", { state: first.state }), 422, "login_code_missing");
  });
});

const tokensOf = (id: string) =>
  [...graph.state.logins.tokens].filter(([, { allowed: what }]) => what.instagramId === id);

describe("a token that would expire", () => {
  const sweep = () =>
    runSweep(
      publicContext(env, () => {}),
      renewDueTokens,
      undefined,
    );
  const connected = async () => {
    const account = newInstagram();
    const { body } = await complete("instagram", await allowed(org, "instagram", account.id));
    for (const [, token] of tokensOf(account.id)) token.issuedAt -= 41 * DAY;
    return { account, look: async () => (await org.call("GET", `/api/integrations/accounts/${body.id}`)).body };
  };

  it("is renewed before it does, once, and only when it is time", async () => {
    const { account, look } = await connected();
    const before = await look();
    await sweep();
    expect(await look()).toEqual(before);
    const count = tokensOf(account.id).length;
    later(41 * DAY);
    await Promise.all([sweep(), sweep()]);
    await sweep();
    expect(tokensOf(account.id)).toHaveLength(count + 1);
    clock.now = now;
    const after = await look();
    expect(after.health).toBe("connected");
    expect(Number(after.config.token_expires_at)).toBeGreaterThan(Number(before.config.token_expires_at) + 40 * DAY);
    expect(after.config.access_token).not.toBe(before.config.access_token);
  });

  it("is tried again when the channel was away", async () => {
    const { account, look } = await connected();
    const count = tokensOf(account.id).length;
    later(41 * DAY);
    graph.faults.set({ outage: { mode: "500" } });
    await sweep();
    graph.faults.clear();
    await sweep();
    expect(tokensOf(account.id)).toHaveLength(count);
    later(41 * DAY + 7 * HOUR);
    await sweep();
    expect(tokensOf(account.id)).toHaveLength(count + 1);
    clock.now = now;
    expect((await look()).health).toBe("connected");
  });

  it("is tried again when the channel does not renew it yet", async () => {
    const { account, look } = await connected();
    later(41 * DAY);
    const count = tokensOf(account.id).length;
    for (const [, token] of tokensOf(account.id)) token.issuedAt = Date.now();
    await sweep();
    clock.now = now;
    expect([(await look()).health, tokensOf(account.id).length]).toEqual(["connected", count]);
    for (const [, token] of tokensOf(account.id)) token.issuedAt -= DAY;
    later(41 * DAY + 7 * HOUR);
    await sweep();
    clock.now = now;
    expect([(await look()).health, tokensOf(account.id).length]).toEqual(["connected", count + 1]);
  });

  it("that the channel never renews ends with a word on the account, and is asked about no longer", async () => {
    const { account, look } = await connected();
    for (const [, token] of tokensOf(account.id)) token.issuedAt = Date.now();
    for (const day of [41, 59]) {
      later(day * DAY);
      await sweep();
    }
    clock.now = now;
    expect((await look()).health).toBe("connected");
    later(61 * DAY);
    await sweep();
    clock.now = now;
    expect(await look()).toMatchObject({ health: "needs_reauth", health_detail: expect.stringContaining("24 hours") });
    const due = "SELECT 1 FROM integration_accounts WHERE org_id = ? AND renew_at IS NOT NULL";
    expect((await org.tenantDb.prepare(due).bind(org.id).all()).results).toEqual([]);
    // If it works nevertheless, it is renewed again.
    const { id } = await look();
    const retried = await org.call("PATCH", `/api/integrations/accounts/${id}`, { config: {} });
    expect(retried.body.health).toBe("connected");
    for (const [, token] of tokensOf(account.id)) token.issuedAt -= DAY;
    const count = tokensOf(account.id).length;
    later(61 * DAY);
    await sweep();
    expect(tokensOf(account.id)).toHaveLength(count + 1);
    clock.now = now;
    const again = await complete("instagram", await allowed(org, "instagram", account.id));
    expect(again.body.health).toBe("connected");
  });

  it("that is dead shows on the account, and live", async () => {
    const { account, look } = await connected();
    const frames: any[] = [];
    const headers = { upgrade: "websocket", authorization: `Bearer ${org.token}` };
    const { webSocket } = await door("/api/live", { headers });
    webSocket!.addEventListener("message", ({ data }) => void frames.push(JSON.parse(String(data))));
    webSocket!.accept();
    await eventually(async () => expect(frames[0]).toMatchObject({ type: "hello" }));
    revokeTokens(graph.state.logins, account.id);
    later(41 * DAY);
    await sweep();
    clock.now = now;
    await eventually(async () =>
      expect(frames).toContainEqual(
        expect.objectContaining({
          type: "account.updated",
          data: expect.objectContaining({ health: ["connected", "needs_reauth"] }),
        }),
      ),
    );
    webSocket!.close();
    const after = await eventually(async () => {
      const seen = await look();
      expect(seen.health).toBe("needs_reauth");
      return seen;
    });
    expect(after.health_detail).toContain("190");
    // A new login is a new beginning.
    const again = await complete("instagram", await allowed(org, "instagram", account.id));
    expect(again.body).toMatchObject({ id: after.id, health: "connected", health_detail: null });
  });
});

describe("Messenger", () => {
  const pagesOf = async (...ids: string[]) => complete("messenger", await allowed(org, "messenger", ...ids));

  it("shows the person's pages, and connects those that are chosen", async () => {
    const [shop, other] = [newPage({ name: "Shop" }), newPage()];
    const friend = newPage({ tasks: ["ANALYZE"] });
    const found = await pagesOf(shop.id, other.id, friend.id);
    expect(found.status).toBe(200);
    expect(found.body.pages).toEqual([
      { page_id: shop.id, name: "Shop", can_subscribe: true, refusal: null, account_id: null },
      expect.objectContaining({ page_id: other.id, can_subscribe: true }),
      expect.objectContaining({
        page_id: friend.id,
        can_subscribe: false,
        refusal: expect.stringContaining("MODERATE"),
      }),
    ]);
    expect(await accounts()).toEqual([]);
    expect(JSON.stringify(found.body)).not.toMatch(/EAA/);
    const { body } = await subscribe(found.body.state, shop.id, friend.id, newMetaId());
    expect(body.pages).toMatchObject([
      { page_id: shop.id, status: "connected", account: { channel: "messenger", display_name: "Shop" } },
      { page_id: friend.id, status: "failed", code: "page_not_found", detail: expect.stringContaining("MODERATE") },
      { status: "failed", code: "page_not_found" },
    ]);
    expect(shop.subscribedFields).toContain("message_echoes");
    expect(other.subscribedFields).toBeUndefined();
    // The same login connects another one later, and knows what is connected.
    expect((await subscribe(found.body.state, other.id)).body.pages).toMatchObject([{ status: "connected" }]);
    expect((await pagesOf(shop.id)).body.pages).toMatchObject([{ account_id: body.pages[0].account.id }]);
  });

  it("goes on when one page fails, in the channel's words, and takes it later", async () => {
    const [first, second] = [newPage(), newPage()];
    const { body: found } = await pagesOf(first.id, second.id);
    graph.faults.set({
      serverError: { endpoint: `${first.id}/subscribed_apps`, times: 1, code: 200, httpStatus: 403 },
    });
    expect((await subscribe(found.state, first.id, second.id)).body.pages).toMatchObject([
      { page_id: first.id, status: "failed", code: "channel_refused", detail: expect.stringContaining("200") },
      { page_id: second.id, status: "connected" },
    ]);
    expect((await subscribe(found.state, first.id)).body.pages).toMatchObject([{ status: "connected" }]);
    expect(await accounts()).toHaveLength(2);
  });

  it("remembers a login for an hour, in its session only", async () => {
    const page = newPage();
    const { body: found } = await pagesOf(page.id);
    const colleague = await login(org.email);
    const body = { state: found.state, page_ids: [page.id] };
    const path = "/api/integrations/messenger/pages/subscribe";
    expectProblem(await colleague.call("POST", path, body), 422, "login_state_invalid");
    later(30 * MINUTE);
    expect((await complete("messenger", { state: found.state })).body.expires_at).toBe(found.expires_at);
    later(HOUR + MINUTE);
    expectProblem(await subscribe(found.state, page.id), 422, "login_code_missing");
  });

  it("disconnects a page: at the channel and here", async () => {
    const page = newPage();
    const { body: found } = await pagesOf(page.id);
    await subscribe(found.state, page.id);
    const disconnect = (who: Pick<Org, "call"> = org) =>
      who.call("POST", "/api/integrations/messenger/pages/disconnect", { page_id: page.id });
    expectProblem(await disconnect(await organization()), 404, "page_not_found");
    graph.faults.set({ outage: { mode: "500" } });
    expectProblem(await disconnect(), 503, "channel_unavailable");
    graph.faults.clear();
    expect((await disconnect()).body).toMatchObject({ page_id: page.id, unsubscribed: true, detail: null });
    expect(page.subscribedFields).toBeUndefined();
    expect(await accounts()).toEqual([]);
    expectProblem(await disconnect(), 404, "page_not_found");
  });

  it("disconnects a page whose token is dead here at least", async () => {
    const page = newPage();
    const { body: found } = await pagesOf(page.id);
    await subscribe(found.state, page.id);
    revokeTokens(graph.state.logins, page.id);
    const gone = await org.call("POST", "/api/integrations/messenger/pages/disconnect", { page_id: page.id });
    expect(gone.body).toMatchObject({ unsubscribed: false, detail: expect.stringContaining("190") });
    expect(await accounts()).toEqual([]);
  });
});

describe("WhatsApp Embedded Signup", () => {
  it("finds, subscribes, registers and connects the number of a login that says nothing else", async () => {
    const number = newSignupNumber();
    const made = await complete("whatsapp", await allowed(org, "whatsapp", number.id));
    expect(made).toMatchObject({
      status: 200,
      body: {
        channel: "whatsapp",
        account_key: `wa-${number.id}`,
        config: { phone_number_id: number.id, waba_id: number.wabaId },
      },
    });
    expect(graph.state.numbers.get(number.id)).toMatchObject({
      registered: true,
      pin: expect.stringMatching(/^\d{6}$/),
    });
    expect(graph.state.subscriptions.get(number.wabaId)?.subscribed).toBe(true);
  });

  it("takes a code of Meta's program in the browser, which has no redirect, and the ids that it reports", async () => {
    const number = newSignupNumber();
    const { body: config } = await org.call("GET", loginPath("whatsapp"));
    expect(config.config_id).toBe("2000000000000001");
    const code = issueCode(
      graph.state.logins,
      {
        app: "facebook",
        isSignup: true,
        redirectUri: "https://facebook.test/",
        allowed: { phoneNumberIds: [number.id] },
      },
      Date.now(),
    );
    const body = { state: config.state, code, waba_id: number.wabaId, phone_number_id: number.id, pin: "123456" };
    expect((await complete("whatsapp", body)).status).toBe(200);
    expect(graph.state.numbers.get(number.id)?.pin).toBe("123456");
  });

  it("asks for the PIN of a number that has one, and continues with it", async () => {
    const number = newSignupNumber({ pin: "654321" });
    const first = await allowed(org, "whatsapp", number.id);
    const refused = await complete("whatsapp", first);
    expectProblem(refused, 422, "channel_pin_refused");
    expect(refused.body.detail).toContain("133005");
    expect(await accounts()).toEqual([]);
    expectProblem(await complete("whatsapp", { state: first.state, pin: "111111" }), 422, "channel_pin_refused");
    const made = await complete("whatsapp", { state: first.state, pin: "654321" });
    expect(made).toMatchObject({ status: 200, body: { config: { phone_number_id: number.id } } });
  });

  it("asks which number, if the login opens several", async () => {
    const [first, second] = [newSignupNumber(), newSignupNumber()];
    const body = await allowed(org, "whatsapp", first.id, second.id);
    const asked = await complete("whatsapp", body);
    expectProblem(asked, 422, "signup_number_needed");
    expect(asked.body.errors.map(({ message }: { message: string }) => message.split(":")[0]).toSorted()).toEqual(
      [first.id, second.id].toSorted(),
    );
    const { state } = body;
    expectProblem(
      await complete("whatsapp", { state, waba_id: first.wabaId, phone_number_id: second.id }),
      422,
      "channel_refused",
    );
    expect((await complete("whatsapp", { state, phone_number_id: second.id })).body.config.phone_number_id).toBe(
      second.id,
    );
  });

  it("waits for a number that is still to be added", async () => {
    const { id, wabaId } = newSignupNumber();
    const body = await allowed(org, "whatsapp", id);
    const number = graph.state.numbers.get(id)!;
    const emptied = { ...body, waba_id: newMetaId() };
    expectProblem(await complete("whatsapp", emptied), 422, "signup_number_missing");
    const made = await complete("whatsapp", { state: body.state, waba_id: wabaId });
    expect(made.status).toBe(200);
    expect(number.registered).toBe(true);
  });

  it("refuses another address than the config's", async () => {
    const body = await allowed(org, "whatsapp", newSignupNumber().id);
    expectProblem(
      await complete("whatsapp", { ...body, redirect_uri: "https://evil.test/" }),
      422,
      "integration_config_invalid",
    );
    expect((await complete("whatsapp", body)).status).toBe(200);
  });
});
