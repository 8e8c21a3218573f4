import type { DomainEvent } from "../../src/domain/event";
import { afterEach, expect, it, vi } from "vitest";
import { clock, HOUR } from "../../src/kit/clock";
import { conversationIdOf, messageId } from "../../src/domain/ids";
import { newConversation } from "../../src/domain/conversation/new-conversation";
import { blankMessage } from "../../src/domain/message/state";
import { project, type Projection, toProjection } from "../../src/effects/projection";
import { textRowid } from "../../src/areas/messages/text-rowid";
import { env } from "cloudflare:workers";
import { type Caller, conversationWith, customerWrites, eventually, graph, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
  graph.faults.clear();
});

const text = (words: string, more: Record<string, unknown> = {}) => ({
  type: "text",
  content: { text: words },
  ...more,
});
const messagesOf = async (org: Caller, id: string): Promise<any[]> =>
  (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages;

async function begun(words = "Hello") {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  const wamid = await customerWrites(account.phoneNumberId, from, words);
  const id = conversationIdOf(org.id, account.id, `+${from}`);
  return {
    org,
    account,
    from,
    wamid,
    id,
    path: `/api/conversations/${id}/messages`,
    says: (message: Record<string, unknown>) => customerWrites(account.phoneNumberId, from, "", { message }),
  };
}

it("takes a message in, shows it, answers it, and climbs its ticks", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from, "Is the blue one there?");
  const conversation = await conversationWith(org, from);
  expect(conversation).toMatchObject({
    status: "open",
    unread_count: 1,
    contact_phone: `+${from}`,
    contact_channel: "whatsapp",
    last_message: "Is the blue one there?",
  });

  const sent = await org.call(
    "POST",
    `/api/conversations/${conversation.id}/messages`,
    { type: "text", content: { text: "Yes" } },
    { "idempotency-key": "k1" },
  );
  expect(sent).toMatchObject({
    status: 201,
    body: { status: "queued", direction: "outbound", content: { text: "Yes" } },
  });
  const again = await org.call(
    "POST",
    `/api/conversations/${conversation.id}/messages`,
    { type: "text", content: { text: "Yes" } },
    { "idempotency-key": "k1" },
  );
  expect(again.body._id).toBe(sent.body._id);

  await eventually(async () => {
    await graph.settle();
    const { body } = await org.call("GET", `/api/conversations/${conversation.id}/messages`);
    expect(body.messages.map((m: any) => [m.direction, m.status])).toEqual([
      ["inbound", "read"],
      ["outbound", "read"],
    ]);
  });
  expect(graph.state.messages.filter((m) => m.to === from)).toHaveLength(1);
});

it("sends once for one Idempotency-Key, also at the same time, and refuses it for another text", async () => {
  const { org, path, from } = await begun();
  const key = { "idempotency-key": "same" };
  const answers = await Promise.all(Array.from({ length: 5 }, () => org.call("POST", path, text("Once"), key)));
  expect(answers.map((answer) => answer.status)).toEqual([201, 201, 201, 201, 201]);
  expect(new Set(answers.map((answer) => answer.body._id)).size).toBe(1);
  expect(answers.filter((answer) => answer.headers.get("idempotency-replayed") === "true")).toHaveLength(4);
  expect(await org.call("POST", path, text("Other"), key)).toMatchObject({
    status: 409,
    body: { code: "idempotency_key_reused" },
  });
  await eventually(async () => expect(graph.state.messages.filter((m) => m.to === from)).toHaveLength(1));
});

it("pages from the newest, oldest to newest within a page, stable while messages arrive", async () => {
  const { org, path, account, from } = await begun("m0");
  const at = Date.now() - 60_000;
  graph.customers.deliverBatch(
    Array.from({ length: 11 }, (_, i) => ({
      phoneNumberId: account.phoneNumberId,
      from,
      text: `m${i + 1}`,
      at: at + (i === 3 ? 0 : i) * 1000,
    })),
  );
  await graph.settle();
  const pages: any[][] = [];
  for (let cursor = ""; ;) {
    const { body } = await org.call("GET", `${path}?limit=5${cursor}`);
    pages.unshift(body.messages);
    if (!body.has_more) break;
    expect(body.next_cursor).toBe(body.messages[0]._id);
    cursor = `&cursor=${body.next_cursor}`;
    await customerWrites(account.phoneNumberId, from, "meanwhile");
  }
  const listed = pages.flat();
  expect(listed.map((m) => m._id)).toEqual(listed.map((m) => String(m._id)).toSorted());
  expect(new Set(listed.map((m) => m.content.text))).toEqual(new Set(Array.from({ length: 12 }, (_, i) => `m${i}`)));
  for (const query of ["cursor=abc", "cursor=zzzzzzzzzzzzzzzzzzzzzzzz", "limit=1000"])
    expect((await org.call("GET", `${path}?${query}`)).status).toBe(400);
});

it("opens a place in the thread, and pages from it in both directions", async () => {
  const { org, path, account, from } = await begun("m00");
  graph.customers.deliverBatch(
    Array.from({ length: 20 }, (_, i) => ({
      phoneNumberId: account.phoneNumberId,
      from,
      text: `m${String(i + 1).padStart(2, "0")}`,
      at: Date.now() + i * 1000,
    })),
  );
  await graph.settle();
  const all: any[] = (await org.call("GET", `${path}?limit=100`)).body.messages;
  const page = async (query: string) => {
    const { body } = await org.call("GET", `${path}?limit=5&${query}`);
    return { ...body, texts: body.messages.map((m: any) => Number(m.content.text.slice(1))) };
  };
  const middle = await page(`around=${all[10]._id}`);
  expect(middle.texts).toEqual([8, 9, 10, 11, 12]);
  expect([middle.has_more, middle.next_cursor, middle.newer_cursor]).toEqual([true, all[8]._id, all[12]._id]);
  expect((await page(`cursor=${middle.next_cursor}`)).texts).toEqual([3, 4, 5, 6, 7]);
  const newer = await page(`after=${middle.newer_cursor}`);
  expect([newer.texts, newer.newer_cursor, newer.has_more]).toEqual([[13, 14, 15, 16, 17], all[17]._id, true]);
  const last = await page(`after=${newer.newer_cursor}`);
  expect([last.texts, last.newer_cursor]).toEqual([[18, 19, 20], null]);
  expect(await page(`around=${all[0]._id}`)).toMatchObject({ texts: [0, 1, 2], has_more: false, next_cursor: null });
  expect((await page("")).newer_cursor).toBeNull();
  expect((await page(`cursor=${all[20]._id}`)).newer_cursor).toBe(all[19]._id);
  const { body: unknown, status } = await org.call("GET", `${path}?around=${"0".repeat(24)}`);
  expect([status, unknown.code]).toEqual([404, "message_not_found"]);
  expect((await org.call("GET", `${path}?around=${all[0]._id}&after=${all[1]._id}`)).status).toBe(400);
});

it("gives the client's key back with its message, in the answer, the thread and a repetition", async () => {
  const { org, path, says } = await begun();
  const sent = await org.call("POST", path, text("Yes"), { "idempotency-key": "bubble-7" });
  const again = await org.call("POST", path, text("Yes"), { "idempotency-key": "bubble-7" });
  expect([sent.body.client_key, again.body.client_key]).toEqual(["bubble-7", "bubble-7"]);
  await org.call("POST", path, text("Without"));
  await says({ type: "text", text: { body: "Thanks" } });
  expect((await messagesOf(org, sent.body.conversation_id)).map((m) => m.client_key)).toEqual([
    null,
    "bubble-7",
    null,
    null,
  ]);
});

it("joins reactions, edits, revokes and replies to their messages", async () => {
  const { org, id, wamid, says, path } = await begun("Helo");
  const [first] = await messagesOf(org, id);
  const ours = await org.call("POST", path, text("Hi!", { reply_to: first._id }));
  expect(ours.body.reply_to).toBe(first._id);
  const outbound = await eventually(async () => {
    const found = (await messagesOf(org, id)).find((m) => m.direction === "outbound");
    expect(found.external_id).not.toBeNull();
    return found;
  });
  await says({ type: "reaction", reaction: { message_id: outbound.external_id, emoji: "👍" } });
  await says({
    type: "edit",
    edit: { original_message_id: wamid, message: { type: "text", text: { body: "Hello" } } },
  });
  let messages = await messagesOf(org, id);
  expect(messages).toHaveLength(2);
  expect(messages[0]).toMatchObject({ content: { text: "Hello" }, revoked_at: null });
  expect(messages[0].edited_at).not.toBeNull();
  expect(messages[1].reactions).toMatchObject([{ emoji: "👍", by: "customer" }]);
  await says({ type: "reaction", reaction: { message_id: outbound.external_id, emoji: "" } });
  await says({ type: "revoke", revoke: { original_message_id: wamid } });
  messages = await messagesOf(org, id);
  expect(messages[1].reactions).toEqual([]);
  expect(messages[0].revoked_at).not.toBeNull();
});

it("shows what the channel tells of the customer, who has not written by it", async () => {
  const { org, id, account, says } = await begun();
  const conversation = async (): Promise<any> => (await org.call("GET", `/api/conversations/${id}`)).body;
  await org.call("POST", `/api/conversations/${id}/read`);
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  const before = await conversation();
  clock.now = () => realNow() + HOUR;
  await customerWrites(account.phoneNumberId, before.contact_phone, "", {
    at: clock.now(),
    message: { type: "system", system: { type: "customer_identity_changed", body: "The security code changed" } },
  });
  const messages = await messagesOf(org, id);
  expect(messages.at(-1)).toMatchObject({
    type: "system",
    direction: "inbound",
    content: { event: "customer_identity_changed", text: "The security code changed" },
  });
  const after = await conversation();
  expect(after).toEqual({ ...before, version: before.version + 1, message_count: before.message_count + 1 });
  // Neither is it counted, which the next message is.
  const counted = async () => {
    const { results } = await org.tenantDb
      .prepare(
        "SELECT sum(messages_received) AS n FROM daily_counts WHERE org_id = ? AND scope = 'account' AND day LIKE 'w%'",
      )
      .bind(org.id)
      .all<any>();
    return results[0].n;
  };
  await says({ type: "text", text: { body: "Hello again" } });
  await eventually(async () => expect(await counted()).toBe(2));
  expect(await conversation()).toMatchObject({ status: "open", unread_count: 1, cycle: 2 });
});

it("puts an agent's reaction on its message, and does nothing else by it", async () => {
  const { org, id, path, account, wamid, from, says } = await begun("Helo");
  const [first] = await messagesOf(org, id);
  const conversation = async (): Promise<any> => (await org.call("GET", `/api/conversations/${id}`)).body;
  const before = await conversation();
  const react = (on: string, emoji: string, key?: string) =>
    org.call(
      "POST",
      path,
      { type: "reaction", content: { message_id: on, emoji } },
      key ? { "idempotency-key": key } : {},
    );
  const reacted = async (): Promise<any[]> => (await messagesOf(org, id))[0].reactions;
  const sent = () =>
    graph.state.messages
      .filter((m) => m.phoneNumberId === account.phoneNumberId && m.to === from)
      .map((m) => m.body["reaction"]);

  const answer = await react(first._id, "👍", "thumb");
  expect(answer).toMatchObject({
    status: 201,
    body: { type: "reaction", direction: "outbound", status: "queued", reply_to: first._id },
  });
  expect((await react(first._id, "👍", "thumb")).body._id).toBe(answer.body._id);
  expect(await reacted()).toMatchObject([{ emoji: "👍", by: "agent", failure: null }]);
  await says({ type: "reaction", reaction: { message_id: wamid, emoji: "🎉" } });
  // By the channel's id as well; one is in place of the other.
  await react(wamid, "❤️");
  expect((await reacted()).map(({ emoji, by }) => [emoji, by])).toEqual([
    ["🎉", "customer"],
    ["❤️", "agent"],
  ]);
  await react(first._id, "");
  expect((await reacted()).map(({ by }) => by)).toEqual(["customer"]);
  await eventually(async () => expect(sent()).toEqual(["👍", "❤️", ""].map((emoji) => ({ message_id: wamid, emoji }))));

  expect(await messagesOf(org, id)).toHaveLength(1);
  const { version: _, ...now } = await conversation();
  expect(before).toMatchObject(now);
  const sla = await org.call("GET", `/api/conversations/${id}/sla`);
  expect(sla.body.first_response_at ?? null).toBeNull();
  expect(
    (
      await org.tenantDb
        .prepare("SELECT count(*) AS n FROM texts WHERE org_id = ? AND type = 'reaction'")
        .bind(org.id)
        .first<any>()
    ).n,
  ).toBe(0);
  for (const on of ["0".repeat(24), "wamid.none", answer.body._id]) {
    expect(await react(on, "👍")).toMatchObject({
      status: 422,
      body: { code: "message_reference_unknown", errors: [{ field: "content.message_id" }] },
    });
  }
});

it("shows on the message that the channel did not take a reaction", async () => {
  const { org, id, path, from } = await begun();
  const [first] = await messagesOf(org, id);
  graph.faults.add({ recipients: [{ to: from, code: 131009, as: "status" }] });
  await org.call("POST", path, { type: "reaction", content: { message_id: first._id, emoji: "👍" } });
  await eventually(async () => {
    await graph.settle();
    expect((await messagesOf(org, id)).map((m) => m.reactions)).toMatchObject([
      [{ emoji: "👍", by: "agent", failure: { code: "131009" } }],
    ]);
  });
});

it("takes the later of two reactions, whichever comes first, also where it takes the reaction back", async () => {
  const { org, id, wamid, account, from } = await begun();
  const now = realNow();
  const react = (emoji: string, at: number) =>
    customerWrites(account.phoneNumberId, from, "", {
      at,
      message: { type: "reaction", reaction: { message_id: wamid, emoji } },
    });
  const reacted = async () => (await messagesOf(org, id))[0].reactions.map((reaction: any) => reaction.emoji);
  await react("❤️", now - 4000);
  await react("👍", now - 6000);
  expect(await reacted()).toEqual(["❤️"]);
  await react("", now);
  await react("🎉", now - 2000);
  expect(await reacted()).toEqual([]);
});

it("shows and finds of what the customer changed what it says now, and of what was taken back nothing", async () => {
  const { org, id, wamid, says } = await begun("Meet at eleven");
  const conversation = async (): Promise<any> => (await org.call("GET", `/api/conversations?limit=1`)).body.data[0];
  const found = async (word: string) => (await org.call("GET", `/api/messages/search?q=${word}`)).body.data.length;
  await says({
    type: "edit",
    edit: { original_message_id: wamid, message: { type: "text", text: { body: "Meet at twelve" } } },
  });
  await eventually(async () => {
    expect(await conversation()).toMatchObject({ id, last_message: "Meet at twelve" });
    expect([await found("twelve"), await found("eleven")]).toEqual([1, 0]);
  });
  await says({ type: "revoke", revoke: { original_message_id: wamid } });
  await eventually(async () => {
    expect(await conversation()).toMatchObject({ last_message: "[deleted]" });
    expect([await found("twelve"), await found("meet")]).toEqual([0, 0]);
  });
  // Lists show no change of a message that is not the last.
  const later = await says({ type: "text", text: { body: "Never mind" } });
  await says({
    type: "edit",
    edit: { original_message_id: wamid, message: { type: "text", text: { body: "Meet at one" } } },
  });
  await says({ type: "reaction", reaction: { message_id: later, emoji: "👍" } });
  await eventually(async () =>
    expect(await conversation()).toMatchObject({ last_message: "Never mind", message_count: 2 }),
  );
  expect(await found("one")).toBe(0);
});

it("refuses what the channel would not take, with the field and the limit", async () => {
  const { org, path } = await begun();
  const refused = async (body: unknown) => {
    const answer = await org.call("POST", path, body);
    expect(answer).toMatchObject({ status: 422, body: { code: "message_not_allowed" } });
    return answer.body.errors.map((e: any) => e.field);
  };
  expect(await refused(text("x".repeat(4097)))).toEqual(["content.text"]);
  expect(await refused(text(""))).toEqual(["content.text"]);
  expect(await refused({ type: "image", content: { url: "ftp://x", caption: "y".repeat(1025) } })).toEqual([
    "content.url",
    "content.caption",
  ]);
  expect(await refused({ type: "location", content: { latitude: 91, longitude: 0 } })).toEqual(["content.latitude"]);
  // A field that nobody would read is a mistake, and not left out.
  expect(await refused({ type: "text", content: { text: "x", txt: "y" } })).toEqual(["content.txt"]);
  const header = { type: "header", parameters: [{ type: "image", image: { media_id: "0" } }] };
  expect(await refused({ type: "template", content: { name: "hello", language: "en", components: [header] } })).toEqual(
    ["content.components.0.parameters.0.image.media_id"],
  );
  expect(await org.call("POST", path, text("x", { reply_to: "0".repeat(24) }))).toMatchObject({
    status: 422,
    body: { code: "message_reference_unknown", errors: [{ field: "reply_to" }] },
  });
  for (const body of [
    { type: "text" },
    text("x", { txt: "y" }),
    { type: "hologram", content: {} },
    { type: "system", content: {} },
  ]) {
    expect(await org.call("POST", path, body)).toMatchObject({ status: 422, body: { code: "invalid_request" } });
  }
  expect((await org.call("POST", path, '{"type":')).body.code).toBe("malformed_request");
  expect((await org.call("POST", path, "x", { "content-type": "text/plain" })).status).toBe(415);
  expect(await messagesOf(org, path.split("/")[3]!)).toHaveLength(1);
});

it("closes for free text after 24 hours, not for templates, and only the customer opens it again", async () => {
  const { org, path, account, from, id } = await begun();
  clock.now = () => realNow() + 24 * HOUR;
  expect(await org.call("POST", path, text("Too late"))).toMatchObject({
    status: 422,
    body: { code: "window_closed" },
  });
  const template = { type: "template", content: { name: "hello_world", language: "en_US" } };
  expect((await org.call("POST", path, template)).status).toBe(201);
  expect((await org.call("POST", path, text("Still"))).body.code).toBe("window_closed");
  await customerWrites(account.phoneNumberId, from, "I am back", { at: clock.now() });
  const open = await org.call("GET", `/api/conversations/${id}`);
  expect(Date.parse(open.body.window_expires_at)).toBeGreaterThan(clock.now() + 23 * HOUR);
  expect((await org.call("POST", path, text("Welcome"))).status).toBe(201);
});

it("keeps the order of what is sent, and the channel's words for what fails", async () => {
  const { org, path, from, id } = await begun();
  for (let i = 0; i < 4; i++) await org.call("POST", path, text(`n${i}`));
  await eventually(async () => expect(graph.state.messages.filter((m) => m.to === from)).toHaveLength(4));
  expect(
    graph.state.messages.filter((m) => m.to === from).map((m) => (m.body["text"] as { body: string }).body),
  ).toEqual(["n0", "n1", "n2", "n3"]);
  graph.faults.add({ recipients: [{ to: from, code: 131026, as: "answer" }] });
  await org.call("POST", path, text("never"));
  await eventually(async () =>
    expect((await messagesOf(org, id)).at(-1)).toMatchObject({ status: "failed", failure: { code: "131026" } }),
  );
});

it("finds texts, captions and file names, newest first, with a snippet, within what may be seen", async () => {
  const { org, says, id, account, from } = await begun("Where is my parcel?");
  const agent = await org.agent();
  await says({ type: "image", image: { id: "1", caption: "The parcel is broken" } });
  await says({ type: "document", document: { id: "2", filename: "parcel-invoice.pdf" } });
  const other = phone();
  await customerWrites(account.phoneNumberId, other, "Another parcel of mine");
  const search = async (who: Caller, query: string) => (await who.call("GET", `/api/messages/search?${query}`)).body;
  await eventually(async () => expect((await search(org, "q=parcel")).data).toHaveLength(4));
  const hits = (await search(org, "q=PARCEL")).data;
  expect(hits.map((h: any) => h.type).toSorted()).toEqual(["document", "image", "text", "text"]);
  expect(hits.map((h: any) => h.created_at)).toEqual(
    hits
      .map((h: any) => h.created_at)
      .toSorted()
      .toReversed(),
  );
  expect(hits.find((h: any) => h.conversation_id === id && h.type === "text")).toMatchObject({
    snippet: "Where is my «parcel»?",
    direction: "inbound",
    contact_channel: "whatsapp",
  });
  expect((await search(org, "q=parcel broken")).data).toHaveLength(1);
  expect((await search(org, `q=parcel&conversation_id=${id}`)).data).toHaveLength(3);
  expect((await search(org, `q=${encodeURIComponent('"parcel* (')}`)).data).toHaveLength(4);
  expect((await search(org, "q=%21%21")).data).toEqual([]);
  const paged: string[] = [];
  for (let cursor = ""; ;) {
    const page = await search(org, `q=parcel&limit=1${cursor}`);
    paged.push(page.data[0].message_id);
    if (!page.has_more) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  expect(paged).toEqual(hits.map((h: any) => h.message_id));
  // Out of sight, out of search.
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  expect((await search(agent, "q=parcel")).data.map((h: any) => h.snippet)).toEqual(["Another «parcel» of mine"]);
  expect((await search((await organization()) as Caller, "q=parcel")).data).toEqual([]);
  expect(from).not.toBe(other);
});

it("finds and lists what we send with choices, and templates by their name and what is filled in", async () => {
  const { org, id, path } = await begun();
  const listed = async (): Promise<any> => (await org.call("GET", "/api/conversations")).body.data[0].last_message;
  const found = async (word: string) =>
    (await org.call("GET", `/api/messages/search?q=${word}&conversation_id=${id}`)).body.data.map((h: any) => h.type);
  const action = { buttons: [{ type: "reply", reply: { id: "1", title: "Yes" } }] };
  const parts = {
    header: { type: "text", text: "Delivery" },
    body: { text: "Is tomorrow fine?" },
    footer: { text: "Toko Biru" },
  };
  expect(
    (
      await org.call("POST", path, {
        type: "interactive",
        content: { interactive: { type: "button", ...parts, action } },
      })
    ).status,
  ).toBe(201);
  expect(await listed()).toBe("Delivery\nIs tomorrow fine?\nToko Biru");
  const components = [
    {
      type: "body",
      parameters: [
        { type: "text", text: "Siti" },
        { type: "text", parameter_name: "order", text: "A-77" },
      ],
    },
  ];
  expect(
    (await org.call("POST", path, { type: "template", content: { name: "parcel_sent", language: "id", components } }))
      .status,
  ).toBe(201);
  expect(await listed()).toBe("parcel_sent\nSiti\nA-77");
  await eventually(async () => {
    for (const word of ["delivery", "tomorrow", "biru"]) expect(await found(word)).toEqual(["interactive"]);
    for (const word of ["parcel_sent", "siti", "A-77"]) expect(await found(word)).toEqual(["template"]);
  });
});

it("joins a reply to the message that it answers, whichever comes first", async () => {
  const { org, id, account, from } = await begun();
  const target = `wamid.late.${from}`;
  await customerWrites(account.phoneNumberId, from, "As I said", { context: { from, id: target } });
  expect((await messagesOf(org, id)).map((m) => m.reply_to)).toEqual([null, null]);
  await customerWrites(account.phoneNumberId, from, "I want the blue one", { id: target });
  const messages = await messagesOf(org, id);
  const said = messages.find((m) => m.content.text === "I want the blue one");
  expect(messages.find((m) => m.content.text === "As I said").reply_to).toBe(said._id);
});

it("keeps one text for each message, whichever of its places is taken meanwhile", async () => {
  const org = await organization();
  const at = Date.now();
  const told = (prefix: string, words: string, seq = 1, revokedAt: number | null = null): Projection => {
    const id = `${prefix.slice(0, 8)}-${prefix.slice(8).padEnd(4, "0")}-5000-8000-000000000000`;
    const message = messageId(at, id, 1);
    const state = newConversation(
      {
        id,
        orgId: org.id,
        tenantDb: org.tenantDbName,
        channel: "whatsapp",
        accountId: crypto.randomUUID(),
        accountExternalId: "1",
        contactId: crypto.randomUUID(),
        threadKey: id,
      },
      at,
    );
    const stored = { ...blankMessage(message, "inbound", "text", { text: words }, at, 1), revokedAt };
    const event = { seq, type: "message.received", at, actor: { kind: "customer", id: null }, messageId: message };
    return toProjection({ state: { ...state, version: seq }, events: [event as DomainEvent], messages: [stored] });
  };
  const found = async () =>
    (await org.call("GET", "/api/messages/search?q=placed")).body.data.map((h: any) => h.snippet).toSorted();
  // The first has its preferred place; then a batch has another that prefers it too, and takes the first one back.
  await project(env, [told("aaaaa11111", "placed one")]);
  await project(env, [told("aaaaa22222", "placed two"), told("aaaaa11111", "", 2, at)]);
  expect(await found()).toEqual(["«placed» two"]);
  // The place that a third must take is what a fourth of the same batch prefers.
  await project(env, [told("aaaaa33333", "placed three"), told("3333344444", "placed four")]);
  expect(await found()).toEqual(["«placed» four", "«placed» three", "«placed» two"]);
});

it("projects both of two messages whose places in the index are the same", async () => {
  const org = await organization();
  // Its rowids have more digits than a float.
  await org.tenantDb.prepare("UPDATE orgs SET number = 20000 + number % 1000 WHERE org_id = ?").bind(org.id).run();
  const at = Date.now();
  const row = (n: number): Projection => {
    // The same second, the same first 20 bits, the same number: conversations of a busy moment. The last has both of its
    // places taken, by the first and by the fourth.
    const prefix = ["", "abcde100", "abcde200", "abcde300", "54321000", "abcde543"][n];
    const id = `${prefix}-${n === 5 ? "2100" : "0000"}-5000-8000-00000000000${n}`;
    const message = messageId(at, id, 1);
    const state = newConversation(
      {
        id,
        orgId: org.id,
        tenantDb: org.tenantDbName,
        channel: "whatsapp",
        accountId: crypto.randomUUID(),
        accountExternalId: "1",
        contactId: crypto.randomUUID(),
        threadKey: id,
      },
      at,
    );
    return toProjection({
      state: { ...state, version: 1 },
      events: [{ seq: 1, type: "message.received", at, actor: { kind: "customer", id: null }, messageId: message }],
      messages: [blankMessage(message, "inbound", "text", { text: `collision ${n}` }, at, 1)],
    });
  };
  const rowidOf = (n: number): number => textRowid((row(n).rows["texts"] as { id: string }[])[0]!.id);
  expect(rowidOf(1)).toBe(rowidOf(2));
  await project(env, [row(1)]);
  // Beside one that is there, two in one batch, and each of them again.
  await project(env, [row(2), row(3)]);
  await project(env, [row(2)]);
  await project(env, [row(1), row(3)]);
  await project(env, [row(4)]);
  await project(env, [row(5)]);
  await project(env, [row(5), row(4)]);
  const found = async () =>
    (await org.call("GET", "/api/messages/search?q=collision")).body.data.map((h: any) => h.snippet).toSorted();
  expect(await found()).toEqual([1, 2, 3, 4, 5].map((n) => `«collision» ${n}`));
  // A page goes on from where the text stands, also where that is not its first place.
  const paged: string[] = [];
  for (let cursor = ""; paged.length < 9;) {
    const { body } = await org.call("GET", `/api/messages/search?q=collision&limit=1${cursor}`);
    paged.push(...body.data.map((h: any) => h.snippet));
    if (!body.has_more) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(paged.toSorted()).toEqual(await found());
  expect((await org.call("GET", "/api/conversations")).body.data).toHaveLength(5);
});

it("shows what was done with the conversation beside the messages of its time", async () => {
  const { org, id, path, account, from } = await begun("first");
  const colleague = await org.agent();
  const activity = async (query = ""): Promise<any[]> =>
    (await org.call("GET", `${path}?activity=true${query}`)).body.activity;
  expect((await org.call("GET", path)).body).not.toHaveProperty("activity");
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: colleague.agentId });
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  clock.now = () => realNow() + 5000;
  const { phoneNumberId } = account;
  graph.customers.deliverBatch([{ phoneNumberId, from, text: "second", at: clock.now() }]);
  await graph.settle();
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: org.agentId });
  await eventually(async () =>
    expect((await activity()).map((one) => [one.type, one.actor_id, one.to_agent_name])).toEqual([
      ["conversation.assigned", org.agentId, "Ana Agent"],
      ["conversation.resolved", org.agentId, null],
      // The customer reopened it, which is nobody's deed.
      ["conversation.assigned", org.agentId, (await org.call("GET", "/api/auth/me")).body.full_name],
    ]),
  );
  // Each entry is on one page only, as the messages are.
  const { body: newest } = await org.call("GET", `${path}?activity=true&limit=1`);
  const older = await activity(`&limit=1&cursor=${newest.next_cursor}`);
  expect([...older, ...newest.activity].map(({ type }) => type)).toHaveLength(3);
  expect(newest.activity.map(({ to_agent_id }: any) => to_agent_id)).toEqual([org.agentId]);
});
