import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { clock, MINUTE } from "../../src/kit/clock";
import {
  conversationWith,
  customerWrites,
  eventually,
  graph,
  type Org,
  organization,
  phone,
  projected,
  receivers,
} from "../harness";
import { everyMinute } from "../minute";
import { expectProblem } from "../problem";
import { type Shop, shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

const realNow = clock.now;
afterEach(() => {
  clock.now = realNow;
});

const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="),
  (c) => c.charCodeAt(0),
);

const bytes = (value: unknown): string =>
  value instanceof ArrayBuffer || Array.isArray(value)
    ? Buffer.from(value as ArrayBuffer).toString("latin1")
    : JSON.stringify(value);

/** Where in all databases, objects and files one of the words is left. */
async function findLeft(org: Org, conversationIds: string[], words: string[], campaignIds: string[] = []) {
  const left: string[] = [];
  const look = (where: string, text: string): void => {
    for (const word of words) if (text.toLowerCase().includes(word.toLowerCase())) left.push(`${word} in ${where}`);
  };
  for (const db of [org.tenantDb, env.CONTROL_DB]) {
    const { results: tables } = await db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .all<{ name: string }>();
    for (const { name } of tables) {
      if (["texts_fts", "contact_search", "conversation_search", "quick_replies_fts"].includes(name)) continue;
      const { results } = await db.prepare(`SELECT * FROM "${name}"`).all();
      for (const row of results)
        for (const [column, value] of Object.entries(row)) look(`${name}.${column}`, bytes(value));
    }
  }
  const objects = [
    env.INBOX.getByName(org.id),
    ...conversationIds.map((id) => env.CONVERSATION.getByName(`${org.id}:${id}`)),
    ...campaignIds.map((id) => env.CAMPAIGN.getByName(`${org.id}:${id}`)),
  ];
  for (const object of objects)
    await runInDurableObject(object as DurableObjectStub, (_, { storage }) => {
      for (const [key, value] of storage.kv.list()) look(`object ${key}`, JSON.stringify(value));
      const tables = storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray();
      for (const { name } of tables.filter((table) => !table.name.startsWith("_cf_")))
        for (const row of storage.sql.exec(`SELECT * FROM ${name}`)) look(`object ${name}`, JSON.stringify(row));
    });
  for (const { key } of (await env.MEDIA.list({ prefix: `${org.id}/` })).objects)
    look(`file ${key}`, `${key} ${await (await env.MEDIA.get(key))!.text()}`);
  return left;
}

const minutesLater = async (minutes: number): Promise<void> => {
  const at = clock.now() + minutes * MINUTE;
  clock.now = () => at;
  await everyMinute(publicContext(env, () => {}));
};

it("leaves nothing of a person anywhere, and lets nothing come back but the person", async () => {
  const mine = await shop();
  const { org, phoneNumberId } = mine;
  const hook = await org.call("POST", "/api/webhooks", {
    name: "All",
    url: "https://hooks.example.com/erase",
    events: ["message.received", "contact.created", "contact.erased"],
  });
  expect(hook.status).toBe(201);
  const [from, other] = [phone(), phone()];
  const word = `qzx${from}`;
  await customerWrites(phoneNumberId, other, "I stay");
  const said = { phoneNumberId, from, name: `Name${word}`, text: `Where is ${word}?` };
  graph.customers.say(said);
  const image = await graph.customers.uploadAsCustomer(PNG, "image/png");
  graph.customers.say({ ...said, message: { type: "image", image: { id: image, caption: `Caption ${word}` } } });
  await graph.settle();
  const { id, contact_id: contactId } = await conversationWith(org, from);
  const path = `/api/conversations/${id}`;
  await org.call(
    "POST",
    `${path}/messages`,
    { type: "text", content: { text: `Answer ${word}` } },
    { "idempotency-key": `k-${word}` },
  );
  await org.call("POST", `${path}/notes`, { content: `Note ${word}` });
  await org.call("PATCH", `${path}/tags`, { tags: [`tag-${word}`] });
  await org.call("POST", `${path}/transfer`, { to_agent_id: (await org.agent()).agentId, note: `Transfer ${word}` });
  await org.call("PATCH", `/api/contacts/${contactId}`, {
    name: `Given ${word}`,
    email: `${word}@customer.test`,
    tags: [`t-${word}`],
  });
  const later = {
    type: "text",
    content: { text: `Later ${word}` },
    scheduled_at: new Date(clock.now() + 60 * MINUTE).toISOString(),
  };
  expect((await org.call("POST", `${path}/scheduled-messages`, later)).status).toBe(201);
  await org.call("PUT", `${path}/draft`, { kind: "reply", content: { text: `Draft ${word}` }, version: 1 });
  await org.call("PATCH", `${path}/status`, { status: "resolved" });
  const campaignIds = await campaignsTo(mine, from, other, word);
  await projected(org);
  await eventually(async () =>
    expect((await org.call("GET", `/api/messages/search?q=${word}`)).body.data).not.toEqual([]),
  );
  const had = await findLeft(org, [id], [word, from], campaignIds);
  expect(had.length).toBeGreaterThan(20);
  for (const place of ["object recipients", "object refused"])
    expect(had.some((one) => one.endsWith(place))).toBe(true);

  const exported = await org.call("GET", `/api/contacts/${contactId}/export`);
  expect(exported.body).toMatchObject({
    contact: { id: contactId, email: `${word}@customer.test` },
    conversations: [
      { conversation: { id }, notes: [{ content: `Note ${word}` }], scheduled_messages: [{}], transfers: [{}] },
    ],
  });
  expect(exported.body.conversations[0].messages.map((m: any) => m.content.text ?? m.content.caption)).toEqual([
    `Where is ${word}?`,
    `Caption ${word}`,
    `Answer ${word}`,
    `Hello Value ${word}, our sale has begun.`,
  ]);

  const asked = await org.call("DELETE", `/api/contacts/${contactId}`);
  expect([asked.status, asked.body.status]).toEqual([202, "running"]);
  const state = async () => (await org.call("GET", `/api/contacts/${contactId}/erasure`)).body;
  await eventually(async () => expect((await state()).conversations).toBe(1));
  expectProblem(await org.call("GET", `/api/contacts/${contactId}`), 404, "contact_not_found");
  expectProblem(await org.call("GET", path), 404, "conversation_not_found");
  await minutesLater(3);
  expect(await state()).toMatchObject({ status: "done", conversations: 1, error: null });
  expect((await state()).files).toBeGreaterThan(0);
  expect(await findLeft(org, [id], [word, from], campaignIds)).toEqual([]);

  // Campaigns still add up, and write to nobody who is gone.
  const [sent, draft] = await Promise.all(
    campaignIds.map(async (one) => (await org.call("GET", `/api/campaigns/${one}`)).body),
  );
  expect(sent).toMatchObject({ status: "completed", total_recipients: 2, sent_count: 2 });
  expect(draft).toMatchObject({ total_recipients: 2, pending_count: 1, skipped_count: 1 });
  const { body: listed } = await org.call("GET", `/api/campaigns/${campaignIds[0]}/recipients`);
  expect(listed.data.map((one: any) => one.phone_number)).toEqual([null, `+${other}`]);
  const { body: imports } = await org.call("GET", `/api/campaigns/${campaignIds[0]}/imports`);
  expect(imports).toMatchObject([{ refused: 1 }]);

  // Only the other customer is left, and who did something.
  expect((await org.call("GET", "/api/contacts")).body.data).toHaveLength(1);
  expect((await org.call("GET", "/api/conversations")).body.data).toHaveLength(1);
  const { body: log } = await org.call("GET", "/api/activity-logs?limit=100");
  expect(log.data.find((one: any) => one.action === "contact.erase")).toMatchObject({
    entity_id: contactId,
    actor_id: org.agentId,
  });
  expect(log.data.find((one: any) => one.action === "note.create")).toMatchObject({ changes: {} });
  const { body: deliveries } = await org.call("GET", `/api/webhooks/${hook.body.id}/deliveries`);
  expect(deliveries.data.map((one: any) => one.event_type)).toContain("contact.erased");

  // A delivery comes again; then the person does.
  clock.now = realNow;
  graph.customers.say({ ...said, at: clock.now() - 10 * MINUTE });
  await graph.settle();
  await projected(org);
  expectProblem(await org.call("GET", path), 404, "conversation_not_found");
  expect(await findLeft(org, [id], [word])).toEqual([]);
  clock.now = () => realNow() + 5 * MINUTE;
  graph.customers.say({ ...said, name: "Back", text: "Hello again", at: clock.now() });
  await graph.settle();
  await projected(org);
  expect((await org.call("GET", path)).body).toMatchObject({ contact_name: "Back", message_count: 1, cycle: 1 });
  expect((await org.call("GET", "/api/conversations?q=back")).body.data).toMatchObject([
    { id, last_message: "Hello again" },
  ]);
  expect((await org.call("GET", `${path}/messages`)).body.messages).toHaveLength(1);
});

/** One that was sent and a draft, both with the person and somebody else. */
async function campaignsTo({ org, has, sync, named }: Shop, from: string, other: string, word: string) {
  has({
    name: "sale",
    category: "MARKETING",
    components: [{ type: "BODY", text: "Hello {{1}}, our sale has begun." }],
  });
  await sync();
  const { id: template_id } = await named("sale");
  const ids: string[] = [];
  for (const name of ["Sent", "Draft"]) {
    const { body } = await org.call("POST", "/api/campaigns", { name, template_id, variables: { "1": "you" } });
    const path = `/api/campaigns/${body.id}`;
    const people = { phone_numbers: [`+${from}`, `+${other}`], variables: { [from]: { "1": `Value ${word}` } } };
    expect((await org.call("POST", `${path}/recipients`, people)).body.added).toBe(2);
    ids.push(body.id);
  }
  const sent = `/api/campaigns/${ids[0]}`;
  const file = `phone,1\n+${from},${word}\n+${from} 999999,${word}\n`;
  await org.call("POST", `${sent}/recipients/csv`, file, { "content-type": "text/csv" });
  await eventually(async () => expect((await org.call("GET", `${sent}/imports`)).body[0].status).toBe("done"), 15);
  expect((await org.call("POST", `${sent}/send`, {})).status).toBe(200);
  await eventually(async () => {
    await graph.settle();
    expect((await org.call("GET", sent)).body).toMatchObject({ status: "completed", read_count: 2 });
  }, 30);
  return ids;
}

const WORD = "qzy";

/** A customer with a conversation, whose name and words have the word. */
async function customerOf({ org, phoneNumberId }: Shop): Promise<{
  from: string;
  word: string;
  id: string;
  contactId: string;
  says: (text: string) => Promise<void>;
}> {
  const from = phone();
  const word = `${WORD}${from}`;
  const says = async (text: string): Promise<void> => {
    graph.customers.say({ phoneNumberId, from, name: `Name${word}`, text, at: clock.now() });
    await graph.settle();
    await projected(org);
  };
  await says(`Where is ${word}?`);
  const { id, contact_id: contactId } = await conversationWith(org, from);
  return { from, word, id, contactId, says };
}

/** As a request does whose work has not begun: something else goes on, or it was killed. */
async function requestErasure(org: Org, contactId: string): Promise<number> {
  const at = clock.now();
  await org.tenantDb
    .prepare("INSERT INTO contact_erasures (org_id, contact_id, requested_at, next_at) VALUES (?, ?, ?, ?)")
    .bind(org.id, contactId, at, at + MINUTE)
    .run();
  return at;
}

const conversationObject = (org: Org, id: string) => env.CONVERSATION.getByName(`${org.id}:${id}`);

it("erases what is written and changed until it begins", async () => {
  const mine = await shop();
  const { org } = mine;
  const hook = await org.call("POST", "/api/webhooks", {
    name: "All",
    url: "https://hooks.example.com/erase",
    events: ["message.received", "contact.updated"],
  });
  expect(hook.status).toBe(201);
  const agent = await org.agent();
  const { from, word, id, contactId, says } = await customerOf(mine);
  await org.call("PATCH", `/api/conversations/${id}/assign`, { agent_id: agent.agentId });
  receivers.set("down-push.test", async () => new Response(null, { status: 503 }));
  const { publicKey } = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
    "deriveBits",
  ])) as CryptoKeyPair;
  const p256dh = Buffer.from((await crypto.subtle.exportKey("raw", publicKey)) as ArrayBuffer).toString("base64url");
  const keys = { p256dh, auth: Buffer.alloc(16, 1).toString("base64url") };
  const browser = { endpoint: "https://down-push.test/1", keys };
  expect((await agent.call("POST", "/api/push/subscriptions", browser)).status).toBe(201);

  await requestErasure(org, contactId);
  clock.now = () => realNow() + 1000;
  await says(`Still ${word}?`);
  await org.call("PATCH", `/api/contacts/${contactId}`, { name: `Given ${word}`, tags: [`t-${word}`] });
  await org.call("POST", `/api/conversations/${id}/notes`, { content: `Note ${word}` });
  await projected(org);
  await eventually(async () => {
    const had = await findLeft(org, [id], [word, from]);
    for (const place of ["activity_logs.changes", "webhook_deliveries.body", `push:waiting:${agent.agentId}:${id}`])
      expect(had.filter((one) => one.endsWith(place))).not.toEqual([]);
  });
  await minutesLater(2);
  await minutesLater(3);
  expect((await org.call("GET", `/api/contacts/${contactId}/erasure`)).body).toMatchObject({
    status: "done",
    error: null,
  });
  expect(await findLeft(org, [id], [word, from])).toEqual([]);
});

it("goes on after a kill with thousands of files and texts, and keeps who has come back", async () => {
  const mine = await shop();
  const { org } = mine;
  const { from, word, id, contactId, says } = await customerOf(mine);
  const object = conversationObject(org, id);
  const [own, upload] = [`${org.id}/${id}/last`, `${org.id}/uploads/${word}`];
  for (const key of [own, upload]) await env.MEDIA.put(key, word);
  await runInDurableObject(object as DurableObjectStub, (_, { storage }) => {
    storage.transactionSync(() => {
      for (let n = 0; n < 25_000; n++) {
        const messageId = (0x100000 + n).toString(16).padStart(24, "0");
        const r2Key = n === 0 ? upload : `${org.id}/${id}/${messageId}/${crypto.randomUUID()}`;
        storage.sql.exec(
          "INSERT INTO messages (id, doc) VALUES (?, ?)",
          messageId,
          JSON.stringify({ id: messageId, media: { r2Key } }),
        );
      }
    });
  });
  await org.tenantDb
    .prepare(
      `INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
       WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
       SELECT (SELECT max(rowid) FROM texts) + i, 'text-' || i, ?1, ?2, 'inbound', 'text', ?3 || ' ' || i, ?4 FROM n`,
    )
    .bind(org.id, id, word, clock.now())
    .run();

  const at = await requestErasure(org, contactId);
  // The first pass ended here.
  expect((await object.forget(at, false)).files).toHaveLength(25_000);
  clock.now = () => realNow() + 2000;
  await says("I am back");
  await minutesLater(2);
  expect((await org.call("GET", `/api/contacts/${contactId}/erasure`)).body).toMatchObject({ error: null });
  await minutesLater(3);
  expect((await org.call("GET", `/api/contacts/${contactId}/erasure`)).body).toMatchObject({
    status: "done",
    files: 2,
  });
  for (const key of [own, upload]) expect(await env.MEDIA.head(key)).toBeNull();
  const { results } = await org.tenantDb
    .prepare("SELECT body FROM texts WHERE org_id = ? AND conversation_id = ? AND body LIKE ?")
    .bind(org.id, id, `%${word}%`)
    .all();
  expect(results).toEqual([]);
  expect((await org.call("GET", `/api/contacts/${contactId}`)).body).toMatchObject({ phone_number: `+${from}` });
  expect((await org.call("GET", `/api/contacts?q=${from}`)).body.data).toMatchObject([{ id: contactId }]);
  expect((await org.call("GET", `/api/conversations/${id}/messages`)).body.messages).toMatchObject([
    { content: { text: "I am back" } },
  ]);
});

it("takes a person's updates out of what is parked, and leaves who mentions the person", async () => {
  const mine = await shop();
  const { org, phoneNumberId } = mine;
  const { from, contactId } = await customerOf(mine);
  const update = (address: string, text: string): object => ({
    kind: "message",
    account: phoneNumberId,
    from: { address: `+${address}` },
    message: { externalId: `wamid.${address}`, at: 1, type: "text", content: { text } },
  });
  const other = phone();
  const mention = update(other, `Please call +${from}`);
  await env.CONTROL_DB.prepare(
    "INSERT INTO parked_updates (id, reason, channel, account, payload, next_at, created_at) VALUES (?, 'busy', 'whatsapp', ?, ?, ?, ?)",
  )
    .bind(`parked-${from}`, phoneNumberId, JSON.stringify([update(from, "Hi"), mention]), clock.now() * 2, clock.now())
    .run();
  await org.call("DELETE", `/api/contacts/${contactId}`);
  await eventually(async () => {
    const row = await env.CONTROL_DB.prepare("SELECT payload FROM parked_updates WHERE id = ?")
      .bind(`parked-${from}`)
      .first<{ payload: string }>();
    expect(JSON.parse(row!.payload)).toEqual([mention]);
  });
});

it("merges nobody who is being erased", async () => {
  const mine = await shop();
  const { org } = mine;
  const [one, other] = [await customerOf(mine), await customerOf(mine)];
  await requestErasure(org, one.contactId);
  for (const [kept, merged] of [
    [one, other],
    [other, one],
  ] as const)
    expectProblem(
      await org.call("POST", `/api/contacts/${kept.contactId}/merge`, { contact_id: merged.contactId }),
      409,
      "contact_being_erased",
    );
});

it("erases who was merged, and refuses to erase one alone", async () => {
  const org = await organization();
  const made = await Promise.all(
    [phone(), phone()].map(
      async (number) =>
        (await org.call("POST", "/api/contacts", { channel: "whatsapp", phone_number: number, name: "R" })).body.id,
    ),
  );
  await org.call("POST", `/api/contacts/${made[0]}/merge`, { contact_id: made[1] });
  expectProblem(await org.call("DELETE", `/api/contacts/${made[1]}`), 409, "contact_merged");
  expectProblem(await org.call("GET", `/api/contacts/${made[0]}/erasure`), 404, "contact_not_found");
  await org.call("DELETE", `/api/contacts/${made[0]}`);
  await eventually(async () => expect((await org.call("GET", `/api/contacts/${made[1]}`)).status).toBe(404));
  const agent = await org.agent();
  expectProblem(await agent.call("DELETE", `/api/contacts/${made[0]}`), 403);
});
