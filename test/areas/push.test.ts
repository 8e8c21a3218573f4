import { env } from "cloudflare:workers";
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { type Browser, createPushSimulator } from "../../simulators/push/app.ts";
import { encryptPush } from "../../src/areas/push/encrypt";
import { clock, HOUR } from "../../src/kit/clock";
import {
  type Caller,
  conversationWith,
  customerWrites,
  door,
  eventually,
  type Org,
  organization,
  phone,
  receivers,
} from "../harness";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const service = createPushSimulator({ origin: "https://push.test", now: () => clock.now() });
beforeAll(() => void receivers.set("push.test", (request) => service.fetch(request)));

const told = (browser: Browser): any[] =>
  service.messages.filter((one) => one.browser === browser.id).map(({ data }) => data);

async function browserOf(who: Caller): Promise<Browser & { path: string }> {
  const { body: key } = await who.call("GET", "/api/push/key");
  const browser = await service.subscribe(key.public_key);
  const made = await who.call("POST", "/api/push/subscriptions", { ...browser.subscription, device_name: "Phone" });
  expect([made.status, made.body]).toMatchObject([201, { host: "push.test", device_name: "Phone" }]);
  return { ...browser, path: `/api/push/subscriptions/${made.body.id}` };
}

async function setUp(): Promise<{ org: Org; agent: Caller; id: string; writes: (words: string) => Promise<string> }> {
  const org = await organization();
  const agent = await org.agent();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  const writes = (words: string): Promise<string> => customerWrites(phoneNumberId, from, words, { name: "Rina" });
  await writes("Hello");
  const { id } = await conversationWith(org, from);
  return { org, agent, id, writes };
}

it("encrypts as the example of RFC 8291 does", async () => {
  const jwk = (d: string, publicKey: string): JsonWebKey => {
    const raw = Buffer.from(publicKey, "base64url");
    return {
      kty: "EC",
      crv: "P-256",
      d,
      x: raw.subarray(1, 33).toString("base64url"),
      y: raw.subarray(33).toString("base64url"),
    };
  };
  const publicKey = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const { d: _, ...publicJwk } = jwk("", publicKey);
  const pair = {
    privateKey: await crypto.subtle.importKey(
      "jwk",
      jwk("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw", publicKey),
      curve,
      true,
      ["deriveBits"],
    ),
    publicKey: await crypto.subtle.importKey("jwk", publicJwk, curve, true, []),
  };
  const sealed = await encryptPush(
    new TextEncoder().encode("When I grow up, I want to be a watermelon"),
    {
      p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
      auth: "BTBZMqHH6r4Tts7J_aSIgg",
    },
    { pair, salt: Buffer.from("DGv6ra1nlYgDCS1FRnbzlw", "base64url") },
  );
  expect(Buffer.from(sealed).toString("base64url")).toBe(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
  );
});

it("tells an agent without an open page of what concerns the agent, and nobody else", async () => {
  const { org, agent, id, writes } = await setUp();
  const [mine, colleagues] = [await browserOf(agent), await browserOf(org)];
  await writes("Nobody has it");
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  await eventually(async () => expect(told(mine)).toHaveLength(1));
  await writes("Is the blue one there?");
  await eventually(async () => expect(told(mine)).toHaveLength(2));
  expect(told(mine)).toMatchObject([
    { type: "conversation.assigned", conversation_id: id },
    { type: "message.received", conversation_id: id, title: "Rina", body: "Is the blue one there?" },
  ]);
  await agent.call("POST", `/api/conversations/${id}/notes`, { content: `Look, @[Ana](${org.agentId})` });
  await eventually(async () =>
    expect(told(colleagues)).toMatchObject([{ type: "note.mentioned", body: expect.stringContaining("Look") }]),
  );
  expect(told(mine)).toHaveLength(2);
  expect(service.faults).toEqual([]);
  expect(service.messages.find((one) => one.browser === mine.id)).toMatchObject({ ttl: "14400", urgency: "high" });

  // With an open page nothing is pushed.
  const response = await door("/api/live", {
    headers: { authorization: `Bearer ${agent.token}`, upgrade: "websocket" },
  });
  const socket = response.webSocket!;
  socket.accept();
  await writes("You see it there");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(told(mine)).toHaveLength(2);
  socket.close();
  await eventually(async () => {
    await writes("You do not");
    expect(told(mine).length).toBeGreaterThan(2);
  });
});

it("tells no browser in which nobody is logged in any more", async () => {
  const { org, agent, id, writes } = await setUp();
  const browser = await browserOf(agent);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  await eventually(async () => expect(told(browser)).toHaveLength(1));
  await org.call("PATCH", `/api/agents/${agent.agentId}`, { capacity: 5 });
  await writes("You see it");
  await eventually(async () => expect(told(browser)).toHaveLength(2));
  expect((await agent.call("POST", "/api/auth/logout")).status).toBe(200);
  await writes("You do not");
  await eventually(async () => {
    const { results } = await org.tenantDb
      .prepare("SELECT id FROM push_subscriptions WHERE agent_id = ?")
      .bind(agent.agentId)
      .all();
    expect(results).toEqual([]);
  });
  expect(told(browser)).toHaveLength(2);
  expect(service.calls(browser)).toBe(2);
});

it("forgets a browser that has gone, tries again a while where the service is down, and gives up in the end", async () => {
  const { org, agent, id, writes } = await setUp();
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  const [gone, stays] = [await browserOf(agent), await browserOf(agent)];
  service.drop(gone);
  await writes("One");
  await eventually(async () => expect(told(stays)).toHaveLength(1));
  await eventually(async () =>
    expect(
      (await agent.call("GET", "/api/push/subscriptions")).body.map((one: any) => `/api/push/subscriptions/${one.id}`),
    ).toEqual([stays.path]),
  );
  const inbox = env.INBOX.getByName(org.id);
  const later = async (ms: number): Promise<void> => {
    const at = clock.now() + ms;
    clock.now = () => at;
    await runDurableObjectAlarm(inbox);
  };
  service.fail({ status: 503 }, { status: 429, retryAfter: "60" });
  await writes("Two");
  await eventually(async () => expect(service.calls(stays)).toBe(2));
  await later(10_000);
  await eventually(async () => expect(service.calls(stays)).toBe(3));
  await later(40_000);
  expect(service.calls(stays)).toBe(3);
  await later(30_000);
  await eventually(async () => expect(told(stays)).toHaveLength(2));
  expect(service.calls(gone)).toBe(1);

  const before = service.calls(stays);
  service.fail(...Array.from({ length: 20 }, () => ({ status: 500 })));
  await writes("Three");
  await eventually(async () => expect(service.calls(stays)).toBe(before + 1));
  for (let i = 0; i < 10; i++) await later(HOUR);
  expect(service.calls(stays)).toBe(before + 5);
  expect(told(stays)).toHaveLength(2);
});

it("keeps subscriptions of one's own, of at most ten browsers, without their addresses", async () => {
  const org = await organization();
  const agent = await org.agent();
  const first = await browserOf(agent);
  const { body } = await agent.call("GET", "/api/push/subscriptions");
  expect(JSON.stringify(body)).not.toContain(first.id);
  expect((await org.call("GET", "/api/push/subscriptions")).body).toEqual([]);
  expectProblem(await org.call("DELETE", first.path), 404, "push_subscription_not_found");
  for (let i = 0; i < 10; i++) await browserOf(agent);
  const kept = (await agent.call("GET", "/api/push/subscriptions")).body;
  expect(kept).toHaveLength(10);
  expect(kept.map((one: any) => `/api/push/subscriptions/${one.id}`)).not.toContain(first.path);
  expect((await agent.call("DELETE", `/api/push/subscriptions/${kept[0].id}`)).status).toBe(200);
  const { subscription } = await service.subscribe((await agent.call("GET", "/api/push/key")).body.public_key);
  for (const wrong of [
    { ...subscription, endpoint: "http://push.test/x" },
    { ...subscription, endpoint: "https://127.0.0.1/x" },
    { ...subscription, endpoint: "https://push.internal/x" },
    { ...subscription, keys: { ...subscription.keys, auth: "short" } },
    { ...subscription, keys: { p256dh: subscription.keys.p256dh } },
  ])
    expect((await agent.call("POST", "/api/push/subscriptions", wrong)).status, JSON.stringify(wrong)).toBe(422);
});
