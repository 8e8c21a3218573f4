import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import type { GraphFaults } from "../../simulators/graph/faults.ts";
import { signatureOf } from "../../simulators/graph/webhook.ts";
import { clock, DAY, HOUR } from "../../src/kit/clock";
import { call, door, eventually, eventuallyListed, graph, type Org, organization, projected } from "../harness";
import {
  begin,
  connected,
  conversation,
  type Page,
  personId,
  send,
  sentTo,
  thread,
  untilNamed,
  untilStatus,
  uploaded,
} from "../messaging";

vi.setConfig({ testTimeout: 30_000 });

let org: Org;
let page: Page;
beforeAll(async () => {
  org = await organization();
  page = await connected(org, "messenger");
});
const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const begun = (on = page, text?: string, at?: number) => begin(on, text, at);

it("takes a message, answers it, and shows that it was delivered and read", async () => {
  const { person, id, mid } = await begun(page, "Is the blue one there?");
  expect(await thread(org, id)).toMatchObject([
    { type: "text", content: { text: "Is the blue one there?" }, external_id: mid, direction: "inbound" },
  ]);
  const answer = await send(org, id, "text", { text: "It is." });
  expect(answer.status).toBe(201);
  await untilStatus(org, id, answer.body._id, "read");
  const [sent] = sentTo(person);
  expect(sent?.body).toMatchObject({
    recipient: { id: person },
    messaging_type: "RESPONSE",
    message: { text: "It is.", metadata: `${id}.${answer.body._id}` },
  });
  // The echo of our own message is not a second one.
  expect(await thread(org, id)).toHaveLength(2);
});

it("finds the name and picture of the person once, and keeps both at the contact", async () => {
  const person = personId();
  await page.act(person, { text: "Hi", name: "Siti Rahma" });
  const { contact_id: contactId, contact_name: name } = await untilNamed(page, person);
  expect(name).toBe("Siti Rahma");
  const contact = await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", `/api/contacts/${contactId}`);
    expect(body.picture_url).toEqual(expect.any(String));
    return body;
  });
  expect(contact).toMatchObject({ user_id: person, phone_number: null, channel_source: "messenger" });
  const picture = await door(new URL(contact.picture_url).pathname);
  expect(picture.status).toBe(200);
  expect(picture.headers.get("content-type")).toBe("image/gif");
  await page.act(person, { text: "Again" });
  const asked = graph.state.requests.filter(({ path }) => path.endsWith(`/${person}`));
  expect(asked).toHaveLength(1);
  // A new name is known a week later.
  clock.now = () => realNow() + 8 * DAY;
  await page.act(person, { text: "Back", name: "Siti Wati", at: clock.now() });
  clock.now = realNow;
  await eventually(async () =>
    expect((await conversation(org, page.conversationOf(person))).contact_name).toBe("Siti Wati"),
  );
});

it("keeps a person who has not consented, and does not ask again at once", async () => {
  const person = personId();
  await page.act(person, { text: "Hi", consents: false });
  await eventually(async () =>
    expect(
      graph.state.requests.filter(({ path, status }) => path.endsWith(`/${person}`) && status === 403),
    ).toHaveLength(1),
  );
  await page.act(person, { text: "Still me" });
  const id = page.conversationOf(person);
  expect((await conversation(org, id)).contact_name).toBeNull();
  expect(await thread(org, id)).toHaveLength(2);
  expect(graph.state.requests.filter(({ path }) => path.endsWith(`/${person}`))).toHaveLength(1);
});

it("takes a redelivery once, in any order", async () => {
  graph.faults.set({ duplicateWebhooks: true, reverseStatuses: true });
  const { id } = await begun();
  const { body } = await send(org, id, "text", { text: "Once" });
  await untilStatus(org, id, body._id, "read");
  expect((await thread(org, id)).map(({ content }) => content.text)).toEqual(["Hello", "Once"]);
});

it("shows each kind of message", async () => {
  const person = personId();
  const image = await graph.customers.uploadAsCustomer(
    new Uint8Array([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0]),
    "image/gif",
  );
  const first = await page.act(person, {
    text: "Two files",
    attachments: [
      { type: "image", payload: { media_id: image } },
      { type: "file", payload: { url: "http://graph.test/nothing/Invoice%2017.pdf" } },
    ],
  });
  await page.act(person, { text: "Yes", quickReply: "yes" });
  await page.act(person, {
    act: "postback",
    title: "Start",
    payload: "GET_STARTED",
    referral: { ref: "shop", source: "SHORTLINK" },
  });
  await page.act(person, { text: "And this?", replyTo: first });
  await page.act(person, {
    attachments: [{ type: "location", title: "Here", payload: { coordinates: { lat: -6.2, long: 106.8 } } }],
  });
  await page.act(person, {
    attachments: [{ type: "fallback", title: "A page", payload: { url: "https://example.com/a" } }],
  });
  await page.act(person, { isUnsupported: true });
  await page.act(person, { attachments: [{ type: "hologram", payload: {} }] });
  const id = page.conversationOf(person);
  const shown = await eventually(async () => {
    const found = await thread(org, id);
    expect(found[0].content.url).toEqual(expect.any(String));
    expect(found[1].content.media_error).toBeDefined();
    return found;
  });
  expect(shown).toMatchObject([
    { type: "image", content: { caption: "Two files", mime_type: "image/gif" }, external_id: first },
    { type: "document", content: { file_name: "Invoice 17.pdf", media_error: { code: "media_gone" } } },
    { type: "quick_reply", content: { id: "yes", text: "Yes" } },
    { type: "postback", content: { id: "GET_STARTED", text: "Start", referral: { ref: "shop" } } },
    { type: "text", content: { text: "And this?" }, reply_to: shown[0]._id },
    { type: "location", content: { latitude: -6.2, longitude: 106.8, name: "Here" } },
    { type: "share", content: { text: "A page", link: "https://example.com/a" } },
    { type: "unsupported" },
    { type: "unsupported", content: { original_type: "hologram" } },
  ]);
  expect(shown).toHaveLength(9);
  expect((await conversation(org, id)).referral).toEqual({ ref: "shop", source: "SHORTLINK" });
});

it("applies reactions, edits and unsends, also before their message", async () => {
  const { person, id, mid } = await begun();
  await page.act(person, { act: "react", target: mid, emoji: "😀" });
  expect((await thread(org, id))[0].reactions).toMatchObject([{ emoji: "😀", by: "customer" }]);
  await page.act(person, { act: "unreact", target: mid });
  expect((await thread(org, id))[0].reactions).toEqual([]);
  await page.act(person, { act: "edit", target: mid, text: "Hello?" });
  await page.act(person, { act: "edit", target: mid, text: "Hello!" });
  expect((await thread(org, id))[0]).toMatchObject({ content: { text: "Hello!" }, edited_at: expect.any(String) });
  await page.act(person, { act: "unsend", target: mid });
  expect((await thread(org, id))[0].revoked_at).toEqual(expect.any(String));
  await page.act(person, { act: "react", target: "m_later", emoji: "👍" });
  await page.act(person, { id: "m_later", text: "Later" });
  expect((await thread(org, id))[1].reactions).toMatchObject([{ emoji: "👍" }]);
});

it("takes back all files of a message that the person unsends, whichever comes first", async () => {
  const { person, id } = await begun();
  const attachments = [1, 2, 3].map(() => ({ type: "image", payload: { url: "http://10.0.0.1/gone.png" } }));
  const mid = await page.act(person, { attachments });
  await page.act(person, { act: "unsend", target: mid });
  await page.act(person, { act: "unsend", target: "m_unsent_first" });
  await page.act(person, { id: "m_unsent_first", attachments });
  const shown = (await thread(org, id)).slice(1);
  expect(shown.map(({ revoked_at }) => revoked_at !== null)).toEqual([true, true, true, true, true, true]);
  expect((await conversation(org, id)).last_message).toBe("[deleted]");
});

it("shows a thread whatever times and numbers its events have", async () => {
  const { person, id, mid } = await begun();
  const far = Date.now() + 1000 * DAY;
  for (const [num_edit, timestamp] of [
    ["999", 8_640_000_000_000_000],
    ["1", 0],
    ["Infinity", Date.now() + 1000],
    ["1e300", far],
    ["998", 8_640_000_000_000_000 - 1000],
  ]) {
    const event = { sender: { id: person }, recipient: { id: page.account }, timestamp };
    const edit = { ...event, message_edit: { mid, text: `Edit ${num_edit}`, num_edit } };
    const body = JSON.stringify({ object: "page", entry: [{ id: page.account, messaging: [edit] }] });
    expect(await delivered("/webhook", body, env.META_APP_SECRET)).toBe(200);
    const [shown] = await thread(org, id);
    expect(shown.content.text).toBe(`Edit ${num_edit}`);
    expect(Date.parse(shown.edited_at)).toBeGreaterThan(Date.now() - HOUR);
  }
  // A report of the future does not hide those that follow it.
  await page.act(person, { act: "take_thread", at: far });
  expect((await conversation(org, id)).thread_control).toBe("other");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await page.act(person, { act: "pass_thread" });
  expect((await conversation(org, id)).thread_control).toBe("ours");
  await projected(org);
});

it("notes opt-ins and links that lead to a thread, without unread messages or a new window", async () => {
  const person = personId();
  await page.act(person, { act: "referral", referral: { ref: "poster", source: "SHORTLINK" }, at: Date.now() - 5000 });
  const id = page.conversationOf(person);
  expect((await org.call("GET", `/api/conversations/${id}`)).status).toBe(404);
  await page.act(person, { text: "I saw the poster" });
  await page.act(person, { act: "optin", title: "Weekly news" });
  expect(await thread(org, id)).toMatchObject([
    { type: "system", content: { event: "referral", referral: { ref: "poster" } } },
    { type: "text" },
    { type: "system", content: { event: "opt_in", text: "Weekly news" } },
  ]);
  expect(await conversation(org, id)).toMatchObject({ unread_count: 1, referral: { ref: "poster" } });
});

it("sends only while it controls the thread", async () => {
  const { person, id } = await begun();
  await page.act(person, { act: "take_thread" });
  expect((await conversation(org, id)).thread_control).toBe("other");
  const refused = await send(org, id, "text", { text: "?" });
  expect([refused.status, refused.body.code]).toEqual([422, "thread_controlled_elsewhere"]);
  // The thread shows messages to the other program.
  await page.act(person, { text: "To the bot", envelope: "standby" });
  expect((await thread(org, id)).at(-1).content.text).toBe("To the bot");
  expect((await conversation(org, id)).thread_control).toBe("other");
  await page.act(person, { act: "pass_thread" });
  expect((await conversation(org, id)).thread_control).toBe("ours");
  expect((await send(org, id, "text", { text: "Here I am" })).status).toBe(201);
  // An older report that comes late changes nothing.
  await page.act(person, { act: "take_thread", at: Date.now() - HOUR });
  expect((await conversation(org, id)).thread_control).toBe("ours");
});

it("takes the thread from another program with a takeover, and shows the person that an agent types", async () => {
  const { person, id } = await begun();
  await page.act(person, { act: "take_thread" });
  graph.faults.set({ rateLimit: { code: 613, times: 1 } });
  const refused = await org.call("POST", `/api/conversations/${id}/takeover`);
  expect([refused.status, refused.body.code]).toEqual([422, "thread_not_taken"]);
  graph.faults.clear();
  const taken = await org.call("POST", `/api/conversations/${id}/takeover`);
  expect([taken.status, taken.body.thread_control, taken.body.assigned_agent_id]).toEqual([200, "ours", org.agentId]);
  const { body } = await send(org, id, "text", { text: "Here I am" });
  await untilStatus(org, id, body._id, "read");

  const opened = await door(`/api/conversations/${id}/live`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${org.token}` },
  });
  const socket = opened.webSocket!;
  socket.accept();
  for (let n = 0; n < 3; n++) socket.send(JSON.stringify({ type: "typing", is_typing: true }));
  const shown = () =>
    graph.state.messaging.actions.filter((each) => each.person === person && each.action === "typing_on");
  await eventually(async () => expect(shown()).toHaveLength(1));
  socket.close();
});

it("lets people answer for seven days, programs for one, if the account has HUMAN_AGENT", async () => {
  const account = await connected(org, "messenger", { human_agent: "true" });
  const { person, id } = await begun(account, "Hello", Date.now() - 3 * DAY);
  const without = await begun(page, "Hello", Date.now() - 3 * DAY);
  const older = await begun(account, "Hello", Date.now() - 8 * DAY);
  graph.faults.set({ enforceWindow: "answer" });
  const { body } = await send(org, id, "text", { text: "Sorry for the delay" });
  await untilStatus(org, id, body._id, "read");
  expect(sentTo(person)[0]?.body).toMatchObject({ messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" });
  const key = await org.apiKey(org.agentId, "messaging");
  for (const refused of [
    await send(org, without.id, "text", { text: "Late" }),
    await send(key, id, "text", { text: "A program" }),
  ])
    expect([refused.status, refused.body.code]).toEqual([422, "window_closed"]);
  const late = await send(org, older.id, "text", { text: "Too late" });
  expect([late.status, late.body.code]).toEqual([422, "window_closed"]);
  expect(late.body.detail).toBe("the customer's last message is more than 168 hours old");
});

it("sends files by a link that Meta can open, templates and quick replies", async () => {
  const { person, id } = await begun();
  const mediaId = await uploaded(org, "image/gif");
  const buttons = [{ type: "postback", title: "Track", payload: "track" }];
  const messages = [
    await send(org, id, "image", { media_id: mediaId }),
    await send(org, id, "image", { images: [{ url: "https://example.com/1.png" }, { media_id: mediaId }] }),
    await send(org, id, "interactive", { template: { template_type: "button", text: "Next?", buttons } }),
    await send(org, id, "text", {
      text: "Which?",
      quick_replies: [{ content_type: "text", title: "Red", payload: "red" }],
    }),
  ];
  for (const { status, body } of messages) {
    expect(status, JSON.stringify(body)).toBe(201);
    await untilStatus(org, id, body._id, "read");
  }
  expect(sentTo(person).map(({ body }) => body?.message)).toMatchObject([
    { attachment: { type: "image", payload: { url: expect.stringContaining("http://app.test/files/") } } },
    {
      attachments: [
        { type: "image", payload: { url: "https://example.com/1.png" } },
        { type: "image", payload: { url: expect.stringContaining("http://app.test/files/") } },
      ],
    },
    { attachment: { type: "template", payload: { template_type: "button", text: "Next?" } } },
    { text: "Which?", quick_replies: [{ title: "Red" }] },
  ]);
  const shown = await thread(org, id);
  expect(shown).toHaveLength(5);
  expect(shown[2].content).toMatchObject({
    images: [{ url: "https://example.com/1.png" }, { media_id: mediaId, mime_type: "image/gif" }],
    attachments: [{ mime_type: "image/gif", signed_url: expect.stringContaining("/files/") }],
  });
});

it("refuses what Messenger would not take, naming the field", async () => {
  const { id } = await begun();
  for (const [type, content, field] of [
    ["text", { text: "x".repeat(2001) }, "content.text"],
    ["text", { text: "?", quick_replies: Array.from({ length: 14 }, () => ({})) }, "content.quick_replies"],
    ["image", { url: "http://10.0.0.1/a.png" }, "content.url"],
    ["image", { url: "https://example.com/a.png", caption: "No captions" }, "content.caption"],
    ["image", { images: [] }, "content.images"],
    ["document", { images: [{ media_id: crypto.randomUUID() }] }, "content.images"],
    ["interactive", { template: { template_type: "receipt" } }, "content.template.template_type"],
    ["reaction", { message_id: "m_1", emoji: "👍" }, "type"],
    ["template", { name: "hello", language: "en" }, "type"],
  ] as const) {
    const { status, body } = await send(org, id, type, content);
    expect([status, body.errors?.[0]?.field], type).toEqual([422, field]);
  }
});

const passing: [name: string, faults: GraphFaults][] = [
  ["refuses connections", { outage: { mode: "refuse", seconds: 2 } }],
  ["answers 500", { outage: { mode: "500", seconds: 2 } }],
  ["limits the page", { rateLimit: { code: 613, httpStatus: 400, times: 2 } }],
  ["limits the app", { rateLimit: { code: 4, times: 1, retryAfterSeconds: 1 } }],
  ["loses the answer", { answerLost: { mode: "reset", times: 1 } }],
  ["does not answer", { answerLost: { mode: "hang", times: 1 } }],
  ["says 1/1357046 although it sent", { unknownError: { times: 1 } }],
];
it.each(passing)("sends each message once, in order, while Graph %s", async (_, faults) => {
  const { person, id } = await begun();
  graph.faults.set(faults);
  const messages = [await send(org, id, "text", { text: "One" }), await send(org, id, "text", { text: "Two" })];
  for (const { body } of messages) await untilStatus(org, id, body._id, "read");
  expect(sentTo(person).map(({ text }) => text)).toEqual(["One", "Two"]);
  expect((await thread(org, id)).map(({ content }) => content.text)).toEqual(["Hello", "One", "Two"]);
});

it("fails a message in Meta's words", async () => {
  const { person, id } = await begun();
  for (const [code, subcode, expected] of [
    [551, 1545041, "551"],
    [100, 2018001, "100"],
    [10, 2018278, "10"],
    [200, undefined, "200"],
  ] as const) {
    graph.faults.set({ recipients: [{ to: person, code, ...(subcode && { subcode }) }] });
    const { body } = await send(org, id, "text", { text: `${code}` });
    const failed = await untilStatus(org, id, body._id, "failed");
    expect(failed.failure.code).toBe(expected);
  }
  graph.faults.set({ deadTokens: [`token-${page.account}`] });
  const { body } = await send(org, id, "text", { text: "No token" });
  await untilStatus(org, id, body._id, "failed");
  await eventually(async () => {
    const account = await org.call("GET", `/api/integrations/accounts/${page.id}`);
    expect(account.body.health).toBe("needs_reauth");
  });
  graph.faults.clear();
  const repaired = await org.call("PATCH", `/api/integrations/accounts/${page.id}`, { config: {} });
  expect(repaired.body.health).toBe("connected");
});

it("tells the person that a conversation was read", async () => {
  const { person, id } = await begun();
  await org.call("POST", `/api/conversations/${id}/read`);
  await eventually(async () =>
    expect(
      graph.state.messaging.actions.filter((each) => each.person === person).map(({ action }) => action),
    ).toContain("mark_seen"),
  );
});

async function delivered(path: string, body: string, secret: string): Promise<number> {
  const headers = { "content-type": "application/json", "x-hub-signature-256": await signatureOf(body, secret) };
  return (await door(path, { method: "POST", body, headers })).status;
}

it("verifies each of its addresses by the deployment's token or the account's own", async () => {
  const own = "my-own-verify-token";
  const account = await connected(org, "messenger", { verify_token: own, app_secret: "the-account-s-secret" });
  const shown = await org.call("GET", `/api/integrations/accounts/${account.id}`);
  expect(shown.body.verify_token).toBe(own);
  expect(JSON.stringify(shown.body)).not.toContain("the-account-s-secret");
  for (const path of ["/webhook", "/webhook/messenger", "/webhook/instagram"]) {
    for (const token of [own, "test-verify-token"]) {
      const answer = await call("GET", `${path}?hub.mode=subscribe&hub.challenge=42&hub.verify_token=${token}`);
      expect([answer.status, answer.body]).toEqual([200, "42"]);
    }
    const wrong = await call("GET", `${path}?hub.mode=subscribe&hub.challenge=42&hub.verify_token=wrong-token`);
    expect([wrong.status, wrong.body.code]).toEqual([403, "webhook_verify_token_wrong"]);
  }
});

it("takes deliveries signed by either app or by the account, which speaks for no other", async () => {
  const secret = "the-account-s-secret";
  const account = await connected(org, "messenger", { app_secret: secret });
  const from = (id: string, text: string) =>
    JSON.stringify({
      object: "page",
      entry: [
        {
          id,
          time: 1,
          messaging: [
            { sender: { id: "77" }, recipient: { id }, timestamp: 1700000000000, message: { mid: `m_${text}`, text } },
          ],
        },
      ],
    });
  for (const path of ["/webhook", "/webhook/messenger", "/webhook/instagram"]) {
    for (const by of [env.META_APP_SECRET, "test-instagram-secret", secret])
      expect(await delivered(path, from(account.account, `${path}${by}`), by)).toBe(200);
    expect(await delivered(path, from(account.account, "forged"), "another")).toBe(401);
    expect(await delivered(path, from(page.account, "forged"), secret)).toBe(401);
  }
  const shown = await thread(org, account.conversationOf("77"));
  expect(shown).toHaveLength(9);
  expect(shown.some(({ content }) => content.text === "forged")).toBe(false);
  await projected(org);
});
