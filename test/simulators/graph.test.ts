import { expect, test } from "vitest";
import { errorOf, number, secret, start } from "./harness.ts";

async function hmac(text: string): Promise<string> {
  const encode = (value: string) => new TextEncoder().encode(value);
  const key = await crypto.subtle.importKey("raw", encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encode(text)));
  return "sha256=" + [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("an accepted message is answered and its statuses follow, signed", async () => {
  const { simulator, posted, send, statuses } = start();
  const answer = (await (await send()).json()) as {
    contacts: unknown[];
    messages: { id: string; message_status: string }[];
  };
  expect(answer.contacts).toMatchObject([
    { input: "+6281234567890", wa_id: "6281234567890", user_id: expect.stringMatching(/^ID\.\d{13}$/) },
  ]);
  expect(answer.messages[0]).toMatchObject({ id: expect.stringMatching(/^wamid\./), message_status: "accepted" });
  expect(simulator.state.messages).toMatchObject([
    { to: "6281234567890", type: "text", biz_opaque_callback_data: "m1", wamid: answer.messages[0]?.id },
  ]);
  await simulator.settle();
  expect(statuses()).toEqual(["sent", "delivered", "read"]);
  expect(posted[0]?.value.statuses).toMatchObject([
    { id: answer.messages[0]?.id, recipient_id: "6281234567890", biz_opaque_callback_data: "m1" },
  ]);
  for (const { raw, signature } of posted) expect(signature).toBe(await hmac(raw));
});

test("a call that Meta refuses is refused and leaves no trace", async () => {
  const { simulator, post, send } = start();
  const base = { messaging_product: "whatsapp", to: "+6281234567890" };
  const refused: [body: object, code: number][] = [
    [{ to: base.to, type: "text", text: { body: "x" } }, 100],
    [{ messaging_product: "whatsapp", type: "text", text: { body: "x" } }, 100],
    [base, 100],
    [{ ...base, type: "image", image: { id: "1", link: "https://example.org/a.png" } }, 100],
    [{ ...base, type: "image", image: { id: "404" } }, 100],
    [{ ...base, type: "template", template: { name: "hello" } }, 131008],
    [
      { ...base, type: "interactive", interactive: { type: "button", body: { text: "x" }, action: { buttons: [] } } },
      131009,
    ],
  ];
  for (const [body, code] of refused)
    expect(await errorOf(await post(`/${number}/messages`, body))).toEqual({ status: 400, code });
  expect(await errorOf(await send("x".repeat(4097)))).toEqual({ status: 400, code: 100 });
  expect(simulator.state.messages).toEqual([]);
  const read = await post(`/${number}/messages`, {
    messaging_product: "whatsapp",
    status: "read",
    message_id: "wamid.x",
    typing_indicator: { type: "text" },
  });
  expect(await read.json()).toEqual({ success: true });
  expect(simulator.state.readReceipts).toMatchObject([{ messageId: "wamid.x", typing: true }]);
});

test("a reaction is taken, and fails by webhook where its chat has no such message", async () => {
  const { simulator, post, statuses } = start();
  const react = (to: string, messageId: string) =>
    post(`/${number}/messages`, {
      messaging_product: "whatsapp",
      to,
      type: "reaction",
      reaction: { message_id: messageId, emoji: "👍" },
    });
  const id = simulator.customers.say({ from: "6281111", text: "Hello" });
  for (const [to, messageId] of [
    ["6281111", id],
    ["6281112", id],
    ["6281111", "6743a1f0c0ffee1234000001"],
  ] as const)
    expect((await react(to, messageId)).status).toBe(200);
  await simulator.settle();
  expect(statuses()).toEqual(["sent", "failed", "failed"]);
});

test("a webhook is delivered again until it is answered 200, and given up in the end", async () => {
  const { simulator, posted } = start({ retry: { maxAttempts: 4 } }, [500, 503, 200, 500, 500, 500, 500]);
  const id = simulator.customers.say({
    from: "6281111",
    name: "Åsa",
    message: { type: "text", text: { body: "grüß dich / hi" } },
  });
  await simulator.settle();
  expect(simulator.state.deliveries[0]?.attempts.map(({ status }) => status)).toEqual([500, 503, 200]);
  expect(new Set(posted.map(({ raw }) => raw)).size).toBe(1);
  expect(posted[0]?.raw).toContain("gr\\u00fc\\u00df dich \\/ hi");
  expect(posted[0]?.value).toMatchObject({
    metadata: { phone_number_id: number },
    contacts: [{ profile: { name: "Åsa" }, wa_id: "6281111", user_id: expect.stringMatching(/^ID\./) }],
    messages: [{ id, from: "6281111", type: "text", timestamp: expect.stringMatching(/^\d+$/) }],
  });
  simulator.customers.say({ userId: "ID.42", text: "who am I" });
  await simulator.settle();
  expect(simulator.state.deliveries.map(({ outcome }) => outcome)).toEqual(["delivered", "given_up"]);
  expect(posted.at(-1)?.value.messages).toMatchObject([{ from_user_id: "ID.42" }]);
  expect(posted.at(-1)?.raw).not.toContain('"from"');
});

test("webhooks are posted in the background, too", async () => {
  const { simulator, send, statuses } = start(
    { background: true, statusDelaysMs: { sent: 1, delivered: 10, read: 20 }, retry: { firstDelayMs: 1 } },
    [500],
  );
  await send();
  await simulator.settle();
  expect(statuses().toSorted()).toEqual(["delivered", "read", "sent", "sent"]);
});

test("a batch is one delivery of many customers, numbers and statuses", async () => {
  const { simulator, posted, send } = start({
    autoStatuses: false,
    numbers: [{ phoneNumberId: number }, { phoneNumberId: "2", wabaId: "20" }],
  });
  await send();
  const wamid = simulator.state.messages[0]?.wamid ?? "";
  const says = (from: string, phoneNumberId = number) => ({ from, phoneNumberId, text: "hi" });
  const items = [says("6281"), says("6282"), says("6283", "2"), { wamid, status: "read" }];
  expect(simulator.customers.deliverBatch(items)).toHaveLength(4);
  simulator.customers.deliverBatch(items.slice(0, 2), { split: "changes" });
  simulator.customers.deliverBatch(items.slice(0, 2), { split: "entries" });
  await simulator.settle();
  const shape = posted.map(({ entries }) =>
    entries.map(({ changes }) => changes.map(({ value }) => (value.messages ?? value.statuses ?? []).length)),
  );
  expect(shape).toEqual([[[2, 1], [1]], [[1, 1]], [[1], [1]]]);
  simulator.customers.emitStatuses(wamid, ["failed"], { code: 131026 });
  await simulator.settle();
  expect(posted.at(-1)?.value).toMatchObject({
    statuses: [{ id: wamid, status: "failed", errors: [{ code: 131026 }] }],
  });
  expect(posted.at(-1)?.value.contacts).toBeUndefined();
});

test("a template's parameter has a text, without line breaks, tabs or wide gaps", async () => {
  const { post } = start();
  const code = async (text: string, wrap = (part: object): object => part): Promise<unknown> => {
    const components = [wrap({ type: "body", parameters: [{ type: "text", text }] })];
    const answer = await post(`/${number}/messages`, {
      messaging_product: "whatsapp",
      to: "6281111",
      type: "template",
      template: { name: "hello", language: { code: "en" }, components },
    });
    return ((await answer.json()) as any).error?.code;
  };
  const inCard = (part: object): object => ({ type: "carousel", cards: [{ card_index: 0, components: [part] }] });
  for (const [text, expected] of [
    ["Ana    Lee", undefined],
    ["", 131008],
    [" ", 131008],
    ["a\nb", 132018],
    ["a\tb", 132018],
    ["a     b", 132018],
  ] as const)
    expect([text, await code(text), await code(text, inCard)]).toEqual([text, expected, expected]);
});

test("Ogg goes up with Opus only", async () => {
  const { call } = start();
  const upload = async (head: string): Promise<any> => {
    const form = new FormData();
    form.append("messaging_product", "whatsapp");
    form.append("file", new File([head], "a.ogg", { type: "audio/ogg" }));
    return (await call(`/${number}/media`, { method: "POST", body: form })).json();
  };
  expect(await upload("OggS OpusHead")).toHaveProperty("id");
  expect((await upload("OggS vorbis")).error.code).toBe(131053);
});

test("media go up and come down, with a token and for five minutes", async () => {
  let clock = Date.UTC(2026, 0, 1);
  const { simulator, call } = start({ now: () => clock });
  const form = new FormData();
  form.set("messaging_product", "whatsapp");
  form.set("file", new File(["%PDF"], "a.pdf", { type: "application/pdf" }));
  const { id } = (await (await call(`/${number}/media`, { method: "POST", body: form })).json()) as { id: string };
  const media = (await (await call(`/${id}`)).json()) as { url: string; mime_type: string; file_size: number };
  expect(media).toMatchObject({ id, mime_type: "application/pdf", file_size: 4 });
  const download = (headers = {}) => simulator.fetch(new Request(media.url, { headers }));
  expect((await download()).status).toBe(401);
  expect((await (await download({ Authorization: "Bearer token" })).arrayBuffer()).byteLength).toBe(4);
  clock += 5 * 60_000;
  expect((await download({ Authorization: "Bearer token" })).status).toBe(404);
  expect(await (await call(`/${id}`, { method: "DELETE" })).json()).toEqual({ success: true });
  expect(await errorOf(await call(`/${id}`))).toEqual({ status: 400, code: 100 });
  expect(await simulator.customers.uploadAsCustomer(new Uint8Array([1]), "image/jpeg")).toMatch(/^\d+$/);
});

test("accounts: registration, callback of one's own, health, what is not there", async () => {
  const seen: string[] = [];
  const { simulator, call, post } = start({
    post: async (request) => {
      const url = new URL(request.url);
      seen.push(`${request.method} ${url.pathname}`);
      return new Response(
        url.searchParams.get("hub.verify_token") === "v" ? url.searchParams.get("hub.challenge") : null,
      );
    },
  });
  expect((await post(`/${number}/register`, { messaging_product: "whatsapp", pin: "123456" })).status).toBe(200);
  expect(await errorOf(await post(`/${number}/register`, { messaging_product: "whatsapp", pin: "000000" }))).toEqual({
    status: 400,
    code: 133005,
  });
  const override = (verify_token: string) =>
    post("/102290129340398/subscribed_apps", { override_callback_uri: "http://app.test/own", verify_token });
  expect(await errorOf(await override("wrong"))).toEqual({ status: 400, code: 2200 });
  expect(await (await override("v")).json()).toEqual({ success: true });
  simulator.customers.say({ from: "6281", text: "hi" });
  await simulator.settle();
  expect(seen).toEqual(["GET /own", "GET /own", "POST /own"]);
  expect(await (await call(`/${number}?fields=quality_rating,status,health_status`)).json()).toMatchObject({
    id: number,
    quality_rating: "GREEN",
    status: "CONNECTED",
  });
  expect(await errorOf(await call("/nothing/here"))).toEqual({ status: 400, code: 100 });
});

test("its own calls take JSON, whatever type a client claims", async () => {
  const { simulator } = start();
  for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/json"]) {
    const request = new Request("http://sim.test/_sim/faults", {
      method: "PUT",
      headers: { "content-type": type },
      body: '{"latencyMs":7}',
    });
    expect(await (await simulator.fetch(request)).json()).toMatchObject({ latencyMs: 7 });
  }
});

test("the page escapes what customers and the app wrote", async () => {
  const { simulator, send } = start();
  await send("<script>alert(1)</script>");
  const page = await (await simulator.fetch(new Request("http://sim.test/_sim"))).text();
  expect(page).toContain("&lt;script&gt;alert(1)");
  expect(page).not.toContain("<script>alert");
});

test("figures are of the account's own messages, in Meta's shapes, and refused as Meta refuses them", async () => {
  const { simulator, call, send, post } = start();
  await send("one");
  await post(`/${number}/messages`, {
    messaging_product: "whatsapp",
    to: "+6281234567890",
    type: "template",
    template: { name: "hello", language: { code: "en" } },
  });
  await simulator.settle();
  const waba = "102290129340398";
  const midnight = Math.floor(Date.now() / 86_400_000) * 86_400;
  const range = `start(${midnight}).end(${midnight + 86_400})`;
  const ask = async (fields: string, of = waba) => call(`/${of}?fields=${encodeURIComponent(fields)}`);
  const day = { start: midnight, end: midnight + 86_400 };
  expect(await (await ask(`analytics.${range}.granularity(DAY)`)).json()).toEqual({
    analytics: {
      phone_numbers: ["15550783881"],
      country_codes: [],
      granularity: "DAY",
      data_points: [{ ...day, sent: 2, delivered: 2 }],
    },
    id: waba,
  });
  const both = `conversation_analytics.${range}.granularity(DAILY).dimensions(["CONVERSATION_CATEGORY"]),pricing_analytics.${range}.granularity(DAILY).dimensions(["PRICING_TYPE"])`;
  expect(await (await ask(both)).json()).toEqual({
    conversation_analytics: {
      data: [
        {
          data_points: [
            { ...day, conversation: 1, conversation_category: "UTILITY", cost: 0.02 },
            { ...day, conversation: 1, conversation_category: "SERVICE", cost: 0 },
          ],
        },
      ],
    },
    pricing_analytics: {
      data: [
        {
          data_points: [
            { ...day, pricing_type: "REGULAR", volume: 1, cost: 0.02 },
            { ...day, pricing_type: "FREE_CUSTOMER_SERVICE", volume: 1, cost: 0 },
          ],
        },
      ],
    },
    id: waba,
  });
  expect(await (await ask(`analytics.${range}.granularity(DAY)`, "999")).json()).toEqual({ id: "999" });
  for (const fields of [
    `analytics.${range}`,
    `analytics.${range}.granularity(DAILY)`,
    "analytics.start(2).end(1).granularity(DAY)",
    "analytics.start(1).end(2).granularity(DAY)",
  ])
    expect(await errorOf(await ask(fields))).toEqual({ status: 400, code: 100 });

  const { data: templates } = (await (await call(`/${waba}/message_templates?limit=100`)).json()) as {
    data: { id: string; name: string }[];
  };
  expect(templates).toMatchObject([{ name: "hello", language: "en", status: "APPROVED" }]);
  const path = `/${waba}/template_analytics?start=${midnight}&end=${midnight + 86_400}&granularity=daily&template_ids=[${templates[0]!.id}]`;
  expect(await (await call(path)).json()).toMatchObject({
    data: [
      {
        granularity: "DAILY",
        product_type: "cloud_api",
        data_points: [{ template_id: templates[0]!.id, ...day, sent: 1, delivered: 1, read: 1 }],
      },
    ],
    paging: { cursors: {} },
  });
  simulator.faults.set({ insightsDisabled: [waba] });
  expect(await errorOf(await call(path))).toEqual({ status: 400, code: 200_007 });
});
