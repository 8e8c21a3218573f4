import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { ownEchoAsReceipt } from "../../src/areas/ingest/thread";
import { call, eventually, eventuallyListed, graph, projected } from "../harness";
import { NOW, NUMBER, parkedOf, shop, wamid, words } from "../whatsapp-shop";

vi.setConfig({ testTimeout: 30_000 });

/** WhatsApp's reports beside the customer's messages: the shop's phone, history, calls, groups. */

it("shows an answer from the shop's phone as the answer of a person whom we do not know", async () => {
  const { org, account, id, echoes, says, status, thread, conversation } = await shop();
  await org.call("POST", "/api/sla/policies", {
    name: "Standard",
    first_response_time_secs: 40,
    resolution_time_secs: 14_400,
  });
  await says("Are you open?", -60);
  const before = await conversation();
  expect(before).toMatchObject({ unread_count: 1, status: "open" });
  const echo = await echoes("Until nine", -30);
  await echoes("Until nine", -30, { id: echo });
  const [, answer, ...others] = await thread();
  expect(others).toEqual([]);
  expect(answer).toMatchObject({
    direction: "outbound",
    type: "text",
    content: { text: "Until nine" },
    status: "sent",
    external_id: echo,
    sender_agent_id: null,
    sent_via: "app",
    created_at: new Date((NOW - 30) * 1000).toISOString(),
  });
  expect(await conversation()).toMatchObject({
    unread_count: 0,
    message_count: 2,
    last_message: "Until nine",
    assigned_agent_id: null,
    window_expires_at: before.window_expires_at,
  });
  await status(echo, "delivered", -20);
  await status(echo, "read", -10);
  await status(echo, "delivered", -20);
  expect((await thread())[1]).toMatchObject({ status: "read" });

  // It is found, and counts as the first response.
  await eventuallyListed(org, async () => {
    const found = await org.call("GET", "/api/messages/search?q=nine");
    expect(found.body.data ?? found.body.messages).toHaveLength(1);
    const { period } = (await org.call("GET", "/api/analytics/overview")).body;
    expect(period).toMatchObject({ messages_sent: 1, first_responses: 1 });
  });
  const sla = await org.call("GET", `/api/conversations/${id}/sla`);
  expect(sla.body).toMatchObject({ frt_status: "met", frt_elapsed_secs: 30, resolution_status: "active" });
  expect(await parkedOf(account.phoneNumberId)).toBe(0);
});

it("begins, opens and reopens a conversation with what the shop writes on its phone", async () => {
  const { org, path, echoes, says, thread, conversation } = await shop();
  await echoes("Your parcel is here", -600);
  expect(await conversation()).toMatchObject({
    status: "open",
    unread_count: 0,
    cycle: 1,
    last_message: "Your parcel is here",
    window_status: "expired",
    window_expires_at: null,
  });
  // Nobody has written to us yet: free text would be refused.
  const refused = await org.call("POST", `${path}/messages`, { type: "text", content: { text: "Hello" } });
  expect(refused).toMatchObject({ status: 422, body: { code: "window_closed" } });

  await says("Thanks", -300);
  expect(await conversation()).toMatchObject({ unread_count: 1, window_status: "open" });
  await org.call("PATCH", `${path}/status`, { status: "resolved" });
  expect(await conversation()).toMatchObject({ status: "resolved" });
  // Written before that, delivered after it.
  await echoes("Any time", -200);
  expect(await conversation()).toMatchObject({ status: "resolved", cycle: 1 });
  await echoes("One more thing", 60);
  expect(await conversation()).toMatchObject({ status: "open", cycle: 2, last_message: "One more thing" });
  expect(words(await thread())).toEqual([
    "outbound: Your parcel is here",
    "inbound: Thanks",
    "outbound: Any time",
    "outbound: One more thing",
  ]);
});

it("ends the same when an echo and its status come before the question that they answer", async () => {
  const { echoes, says, status, thread, conversation } = await shop();
  const id = wamid();
  await says("first", -100);
  await status(id, "read", -10);
  await echoes("answer", -30, { id });
  await says("question", -60);
  expect(words(await thread())).toEqual(["inbound: first", "inbound: question", "outbound: answer"]);
  expect((await thread()).map((message) => message.status)).toEqual(["read", "read", "read"]);
  expect(await conversation()).toMatchObject({ unread_count: 0 });
  await says("another", -5);
  expect(await conversation()).toMatchObject({ unread_count: 1 });
});

it("shows reactions, edits, revocations and files from the shop's phone", async () => {
  const { from, post, says, echoes, thread } = await shop();
  const question = await says("Which one?", -100);
  const answer = await echoes("The blu one", -90);
  const event = (type: string, body: Record<string, unknown>, at: number) =>
    post("smb_message_echoes", {
      message_echoes: [{ from: NUMBER, to: from, id: wamid(), timestamp: String(NOW + at), type, [type]: body }],
    });
  await event("reaction", { message_id: question, emoji: "👍" }, -80);
  await event("edit", { original_message_id: answer, message: { type: "text", text: { body: "The blue one" } } }, -70);
  const [asked, edited] = await thread();
  expect(asked.reactions).toMatchObject([{ emoji: "👍", by: "agent" }]);
  expect(edited).toMatchObject({ content: { text: "The blue one" }, edited_at: expect.any(String) });
  await event("revoke", { original_message_id: answer }, -60);
  expect((await thread())[1]).toMatchObject({ revoked_at: expect.any(String) });

  const file = await graph.customers.uploadAsCustomer(new TextEncoder().encode("GIF89a, a picture"), "image/gif");
  await event("image", { id: file, mime_type: "image/gif", caption: "Look" }, -50);
  await eventually(async () =>
    expect((await thread())[2]).toMatchObject({
      direction: "outbound",
      type: "image",
      content: { caption: "Look", signed_url: expect.any(String) },
    }),
  );
});

it("keeps an echo that comes during a send apart from it, unless the answer names it", async () => {
  const { org, path, echoes, says, thread } = await shop();
  await says("Hello", -100);
  // The send waits for its answer, and the echo of the phone comes meanwhile.
  graph.faults.set({ latencyMs: 400 });
  const sending = org.call("POST", `${path}/messages`, { type: "text", content: { text: "ours" } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await echoes("theirs", -1);
  expect((await sending).status).toBe(201);
  graph.faults.clear();
  await eventually(async () => {
    const messages = await thread();
    expect(words(messages).toSorted()).toEqual(["inbound: Hello", "outbound: ours", "outbound: theirs"]);
    expect(new Set(messages.map(({ sent_via }) => sent_via))).toEqual(new Set(["api", "app", null]));
  });
});

it("takes the echo of our own message for what it is: by our reference, or once the channel names it", async () => {
  const to = { address: "+628" };
  const message = { externalId: "m1", at: 5, type: "text" as const, content: { text: "Hi" } };
  const echo = { kind: "echo" as const, account: "1", to, message };
  const messageId = "0b8f3a52-7a11-5f0e-9d3c-111111111111.6b0499289bcbf66a5a000002";
  expect(ownEchoAsReceipt({ ...echo, messageId })).toEqual({
    kind: "status",
    account: "1",
    to,
    externalId: "m1",
    messageId,
    status: "sent",
    at: 5,
  });
  expect(ownEchoAsReceipt({ ...echo, messageId: "of another program" })).toMatchObject({ kind: "echo" });

  const { org, account, path, echoes, says, thread } = await shop();
  await says("Hello", -100);
  graph.faults.set({ answerLost: { mode: "hang", times: 1 } });
  expect((await org.call("POST", `${path}/messages`, { type: "text", content: { text: "ours" } })).status).toBe(201);
  const id = await eventually(async () => {
    const sent = graph.state.messages.find(({ phoneNumberId }) => phoneNumberId === account.phoneNumberId);
    expect(sent).toBeDefined();
    return sent!.wamid;
  });
  await echoes("ours", -1, { id });
  expect(words(await thread())).toEqual(["inbound: Hello", "outbound: ours"]);
  // The channel's statuses carry our reference.
  await graph.settle();
  expect(await thread()).toMatchObject([{}, { external_id: id, sent_via: "api", status: "read" }]);
  graph.faults.clear();
});

it("shows calls, and lets a missed one wait for an answer", async () => {
  const { org, account, from, post, thread, conversation, path } = await shop();
  const rings = (id: string, event: string, at: number, more: Record<string, unknown> = {}) =>
    post("calls", {
      contacts: [{ profile: { name: "Ani" }, wa_id: from }],
      calls: [{ id, from, to: NUMBER, event, timestamp: String(NOW + at), direction: "USER_INITIATED", ...more }],
    });
  await rings("wacid.1", "connect", -300, { session: { sdp_type: "offer", sdp: "secret words of the network" } });
  expect(await thread()).toMatchObject([
    { direction: "inbound", type: "system", content: { event: "call", phase: "ringing", text: "Incoming call" } },
  ]);
  expect(JSON.stringify(await thread())).not.toContain("secret words");
  expect(await conversation()).toMatchObject({ unread_count: 0, window_status: "open", contact_name: "Ani" });
  await rings("wacid.1", "terminate", -200, { status: "COMPLETED", start_time: String(NOW - 290), duration: 65 });
  await rings("wacid.1", "connect", -300);
  expect(await thread()).toMatchObject([{ content: { phase: "ended", duration_seconds: 65, text: "Call, 1:05" } }]);
  expect(await conversation()).toMatchObject({ unread_count: 0, message_count: 1 });

  await org.call("PATCH", `${path}/status`, { status: "resolved" });
  for (let i = 0; i < 2; i++) await rings("wacid.2", "terminate", -30, { status: "FAILED" });
  await rings("wacid.2", "connect", -60);
  expect((await thread())[1]).toMatchObject({ status: "received", content: { phase: "missed", text: "Missed call" } });
  expect(await conversation()).toMatchObject({ unread_count: 1, status: "open", last_message: "Missed call" });

  // A call of the shop, and its statuses.
  const ours = { direction: "BUSINESS_INITIATED", from: NUMBER, to: from };
  await rings("wacid.3", "connect", -20, ours);
  await post("calls", {
    statuses: [{ id: "wacid.3", type: "call", status: "REJECTED", timestamp: String(NOW - 10), recipient_id: from }],
  });
  await rings("wacid.3", "terminate", -9, { ...ours, status: "FAILED" });
  expect((await thread())[2]).toMatchObject({ direction: "outbound", content: { phase: "rejected" } });
  expect(await conversation()).toMatchObject({ unread_count: 1, message_count: 3 });
  await eventuallyListed(org, async () => {
    const { period } = (await org.call("GET", "/api/analytics/overview")).body;
    expect(period).toMatchObject({ messages_received: 1, messages_sent: 0, conversations_new: 1 });
  });
  expect(await parkedOf(account.phoneNumberId)).toBe(0);
});

it("takes statuses by user id alone, and none about a customer's message", async () => {
  const { account, from, post, says, echoes, thread } = await shop();
  const theirs = await says("Hello", -100, { from_user_id: `ID.${from}` });
  const echo = await echoes("Hi", -90, { to_user_id: `ID.${from}` });
  const status = (id: string, word: string) =>
    post("messages", {
      statuses: [{ id, status: word, timestamp: String(NOW - 10), recipient_user_id: `ID.${from}` }],
    });
  await status(echo, "read");
  await status(theirs, "read");
  await status(theirs, "failed");
  expect((await thread()).map((message) => message.status)).toEqual(["read", "read"]);
  const next = await says("Still there?", -5, { from_user_id: `ID.${from}` });
  await status(next, "delivered");
  expect((await thread())[2]).toMatchObject({ status: "received", failure: null });
  expect(await parkedOf(account.phoneNumberId)).toBe(0);
});

interface Past {
  id: string;
  isOurs?: boolean;
  at: number;
  text?: string;
  status?: string;
}

const chunk = (from: string, messages: Past[], phase = 0) => ({
  history: [
    {
      metadata: { phase, chunk_order: 1, progress: 50 },
      threads: [
        {
          id: from,
          messages: messages.map(({ id, isOurs, at, text: body, status = "READ" }) => ({
            from: isOurs ? NUMBER : from,
            id,
            timestamp: String(NOW + at),
            ...(body === undefined ? { type: "media_placeholder" } : { type: "text", text: { body } }),
            history_context: { status },
          })),
        },
      ],
    },
  ],
});
const DAY = 86_400;

it("puts history in its place and lets nothing else follow from it", async () => {
  const { org, account, from, id, path, post, says, thread, conversation } = await shop();
  await org.call("POST", "/api/sla/policies", {
    name: "Standard",
    first_response_time_secs: 3600,
    resolution_time_secs: 14_400,
    is_default: true,
  });
  const past: Past[] = [
    { id: wamid(), at: -90 * DAY, text: "Long ago" },
    { id: wamid(), at: -90 * DAY + 60, isOurs: true, text: "Indeed", status: "DELIVERED" },
    { id: wamid(), at: -DAY, text: "Yesterday" },
  ];
  await post("history", chunk(from, past.slice(2), 0));
  await post("history", chunk(from, past.slice(0, 2), 1));
  expect(await conversation()).toMatchObject({
    status: "resolved",
    unread_count: 0,
    message_count: 3,
    cycle: 0,
    last_message: "Yesterday",
    last_message_at: new Date((NOW - DAY) * 1000).toISOString(),
    updated_at: new Date((NOW - DAY) * 1000).toISOString(),
    window_status: "expired",
    sla_status: "not_applicable",
    contact_phone: `+${from}`,
  });
  expect((await org.call("GET", `${path}/sla`)).body).toMatchObject({
    frt_status: "not_applicable",
    resolution_status: "not_applicable",
    resolution_elapsed_secs: 0,
  });
  expect(words(await thread())).toEqual(["inbound: Long ago", "outbound: Indeed", "inbound: Yesterday"]);
  expect((await thread()).map(({ status, sent_via }) => [status, sent_via])).toEqual([
    ["read", null],
    ["delivered", "app"],
    ["read", null],
  ]);
  // Nothing was counted, but all is found.
  await eventuallyListed(org, async () => {
    const found = await org.call("GET", "/api/messages/search?q=indeed");
    expect(found.body.data ?? found.body.messages).toHaveLength(1);
    const { period } = (await org.call("GET", "/api/analytics/overview")).body;
    expect(period).toMatchObject({ messages_received: 0, messages_sent: 0, conversations_new: 0 });
  });
  const clocks = await org.tenantDb
    .prepare("SELECT count(*) AS n FROM sla_clocks WHERE conversation_id = ?")
    .bind(id)
    .first();
  expect(clocks).toEqual({ n: 0 });

  // Then it begins as any conversation does.
  await says("Hello again", -10);
  expect(await conversation()).toMatchObject({ status: "open", unread_count: 1, cycle: 1, window_status: "open" });
  await eventuallyListed(org, async () => {
    const { period } = (await org.call("GET", "/api/analytics/overview")).body;
    expect(period).toMatchObject({ messages_received: 1, conversations_new: 1, conversations_reopened: 0 });
  });
  const open = await conversation();
  await post("history", chunk(from, [{ id: wamid(), at: -2 * DAY, text: "Late" }], 2));
  const { message_count: _, version: __, ...rest } = open;
  expect(await conversation()).toMatchObject(rest);
  await org.call("PATCH", `${path}/status`, { status: "resolved" });
  await post("history", chunk(from, [{ id: wamid(), at: -3 * DAY, text: "Later still" }], 2));
  expect(await conversation()).toMatchObject({ status: "resolved", cycle: 1, message_count: 6 });
  expect(await parkedOf(account.phoneNumberId)).toBe(0);
});

it("fills in the files of history, whichever comes first", async () => {
  const { from, post, thread } = await shop();
  const [theirs, ours] = [wamid(), wamid()];
  const file = async () => graph.customers.uploadAsCustomer(new TextEncoder().encode("GIF89a, a picture"), "image/gif");
  const image = async (id: string, at: number, sides: Record<string, unknown>) => ({
    id,
    timestamp: String(NOW + at),
    type: "image",
    image: { id: await file(), mime_type: "image/gif", caption: id },
    ...sides,
  });
  const placeholders = () =>
    post(
      "history",
      chunk(from, [
        { id: theirs, at: -DAY },
        { id: ours, at: -DAY + 60, isOurs: true },
      ]),
    );
  const late = await image(theirs, -DAY, { from });
  const lateOurs = await image(ours, -DAY + 60, { from: NUMBER, to: from });
  await post("history", { messages: [late] });
  await placeholders();
  expect((await thread())[1]).toMatchObject({ type: "unsupported", direction: "outbound" });
  await post("history", { message_echoes: [lateOurs] });
  await placeholders();
  await eventually(async () =>
    expect(await thread()).toMatchObject([
      { direction: "inbound", type: "image", content: { caption: theirs, signed_url: expect.any(String) } },
      {
        direction: "outbound",
        type: "image",
        content: { caption: ours, signed_url: expect.any(String) },
        status: "read",
      },
    ]),
  );
});

it("ends the same, however often and in whatever order history comes, also beyond what a delivery applies", async () => {
  const { account, from, id, org, post, thread, conversation } = await shop();
  const past = Array.from({ length: 700 }, (_, i): Past => ({
    id: wamid(),
    at: -1000 + i,
    isOurs: i % 3 === 0,
    text: `message ${i}`,
  }));
  const shuffled = past.toSorted((a, b) => (a.id.slice(-2) < b.id.slice(-2) ? -1 : 1));
  await post("history", chunk(from, shuffled));
  await post("history", chunk(from, past.slice(0, 50)));
  await eventually(async () => expect(await conversation()).toMatchObject({ message_count: 700 }), 20);
  await eventually(async () => expect(await parkedOf(account.phoneNumberId)).toBe(0), 20);
  expect((await thread()).map((message) => message.content.text)).toEqual(
    past.slice(600).map((message) => message.text),
  );
  expect(await conversation()).toMatchObject({ unread_count: 0, last_message: "message 699", status: "resolved" });
  for (let i = 0; i < 10; i++) await projected(org, id);
  const row = await org.tenantDb.prepare("SELECT count(*) AS n FROM texts WHERE conversation_id = ?").bind(id).first();
  expect(row).toEqual({ n: 700 });
});

const OPERATOR = { authorization: `Bearer ${env.OPERATOR_TOKEN}` };

it("counts where an operator sees it what has no thread: groups, and a history that the shop does not share", async () => {
  const { account, from, post, text, thread } = await shop();
  const countersOf = async (): Promise<Record<string, number>> => {
    const { body } = await call("GET", "/operator/parked", undefined, OPERATOR);
    return Object.fromEntries(body.counters.map(({ name, n: count }: { name: string; n: number }) => [name, count]));
  };
  const before = (await countersOf())["webhook.group_message"] ?? 0;
  await post("messages", { messages: [text("Hello all", -10, { from, group_id: "G1" })] });
  expect((await countersOf())["webhook.group_message"]).toBe(before + 1);
  const declined = { code: 2593109, title: "History sync is turned off", message: "History sync is turned off" };
  await post("history", { history: [{ errors: [declined] }] });
  expect(await thread()).toEqual([]);
  expect(await parkedOf(account.phoneNumberId)).toBe(1);
});
