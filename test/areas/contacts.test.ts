import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { everyMinute } from "../../src/cron";
import type { EntityEvent } from "../../src/domain/event";
import { clock } from "../../src/kit/clock";
import { contactIdOf, conversationIdOf } from "../../src/domain/ids";
import { conversationWith, customerWrites, eventuallyListed, graph, organization, phone } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const textsOf = async (org: { call: any }, id: string): Promise<string[]> =>
  (await org.call("GET", `/api/conversations/${id}/messages`)).body.messages.map((m: any) => m.content.text);

it("knows a person who writes to two numbers as one contact with two conversations", async () => {
  const org = await organization();
  const [shop, support] = [await org.connect(), await org.connect()];
  const from = phone();
  await customerWrites(shop.phoneNumberId, from, "To the shop");
  await customerWrites(support.phoneNumberId, from, "To the support");
  const contactId = contactIdOf(org.id, "whatsapp", `+${from}`);
  await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", `/api/contacts/${contactId}/conversations`);
    expect(body.data.map((c: any) => c.account_id).toSorted()).toEqual([shop.id, support.id].toSorted());
  });
  expect((await org.call("GET", `/api/contacts/${contactId}`)).body).toMatchObject({
    phone_number: `+${from}`,
    channel_source: "whatsapp",
    name: `Customer ${from.slice(-4)}`,
  });
});

it("continues the conversation of a person who hides the number, whichever name came first", async () => {
  const org = await organization();
  const account = await org.connect();
  // First a user id alone, then with the number.
  const [hidden, shown] = [phone(), phone()];
  const userId = `ID.${hidden}`;
  graph.customers.say({ phoneNumberId: account.phoneNumberId, userId, name: "Hidden", text: "one" });
  await graph.settle();
  await customerWrites(account.phoneNumberId, hidden, "two", { userId });
  await customerWrites(account.phoneNumberId, hidden, "three", { userId });
  const id = conversationIdOf(org.id, account.id, userId);
  expect(await textsOf(org, id)).toEqual(["one", "two", "three"]);
  expect((await org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
    contact_phone: `+${hidden}`,
    message_count: 3,
  });

  // First the number, then the user id alone.
  const other = `ID.${shown}`;
  await customerWrites(account.phoneNumberId, shown, "one", { userId: other });
  graph.customers.say({ phoneNumberId: account.phoneNumberId, userId: other, name: "Shown", text: "two" });
  await graph.settle();
  expect(await textsOf(org, conversationIdOf(org.id, account.id, `+${shown}`))).toEqual(["one", "two"]);
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", "/api/conversations")).body.data).toHaveLength(2),
  );
});

it("follows a person to a new number, and says so in the thread", async () => {
  const org = await organization();
  const account = await org.connect();
  const [old, next] = [phone(), phone()];
  await customerWrites(account.phoneNumberId, old, "one");
  const { id } = await conversationWith(org, old);
  await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
  const body = `Budi changed from ${old} to ${next}`;
  await customerWrites(account.phoneNumberId, old, "", {
    message: { type: "system", system: { type: "user_changed_number", body, wa_id: next } },
  });
  const { body: page } = await org.call("GET", `/api/conversations/${id}/messages`);
  expect(page.messages.map((m: any) => [m.type, m.content.text])).toEqual([
    ["text", "one"],
    ["system", body],
  ]);
  expect((await org.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
    contact_phone: `+${next}`,
    status: "resolved",
    unread_count: 1,
    last_message: "one",
    message_count: 2,
  });
  await conversationWith(org, next);
  await customerWrites(account.phoneNumberId, next, "two");
  expect(await textsOf(org, id)).toEqual(["one", body, "two"]);
});

it("knows a person who hides the number by the username", async () => {
  const org = await organization();
  const account = await org.connect();
  const username = `budi.${phone()}`;
  const userId = `ID.${phone()}`;
  const write = async (from: object) => {
    const contacts = [{ profile: { username, ...from }, user_id: userId }];
    const message = {
      id: `wamid.${crypto.randomUUID()}`,
      from_user_id: userId,
      timestamp: String(Math.floor(Date.now() / 1000)),
      type: "text",
      text: { body: "Hi" },
    };
    const metadata = { phone_number_id: account.phoneNumberId, display_phone_number: "1" };
    graph.customers.deliverChange({
      field: "messages",
      value: { messaging_product: "whatsapp", metadata, contacts, messages: [message] },
    });
    await graph.settle();
  };
  await write({});
  const listed = () => conversationWith(org, username);
  const conversation = await listed();
  expect(conversation).toMatchObject({ contact_name: username, contact_phone: null });
  const contact = async () => (await org.call("GET", `/api/contacts?q=${username}`)).body.data[0];
  expect(await contact()).toMatchObject({ id: conversation.contact_id, username, user_id: userId, phone_number: null });
  // A name goes before it; it is still known, and found.
  await write({ name: "Budi" });
  await eventuallyListed(org, async () => expect(await contact()).toMatchObject({ name: "Budi", username }));
  await org.call("PATCH", `/api/contacts/${conversation.contact_id}`, { name: "Pak Budi" });
  expect(await listed()).toMatchObject({ contact_name: "Pak Budi" });
});

it("makes one conversation of first messages that come at the same time", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  const userId = `ID.${from}`;
  // Five deliveries at once, with the number, without it, and both.
  const deliver = (text: string, who: Record<string, unknown>) => {
    graph.customers.say({ phoneNumberId: account.phoneNumberId, name: "Racer", text, ...who });
    return graph.settle();
  };
  await Promise.all([
    deliver("a", { from, userId }),
    deliver("b", { from, userId }),
    deliver("c", { userId }),
    deliver("d", { from, userId }),
    deliver("e", { userId }),
  ]);
  await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", "/api/conversations");
    expect(body.data).toHaveLength(1);
    expect(body.data[0].message_count).toBe(5);
  });
  expect((await org.call("GET", "/api/contacts")).body.data).toHaveLength(1);
});

it("finds contacts by a part of the name or number, newest change first, in pages", async () => {
  const org = await organization();
  const account = await org.connect();
  const numbers = [phone(), phone(), phone()];
  for (const [i, from] of numbers.entries())
    await customerWrites(account.phoneNumberId, from, "Hi", { name: ["Siti Rahayu", "Siti Nurbaya", "Joko"][i] });
  await eventuallyListed(org, async () => expect((await org.call("GET", "/api/contacts")).body.data).toHaveLength(3));
  const found = async (query: string): Promise<string[]> =>
    (await org.call("GET", `/api/contacts?${query}`)).body.data.map((c: any) => c.phone_number);
  expect((await found("q=siti")).toSorted()).toEqual([`+${numbers[0]}`, `+${numbers[1]}`].toSorted());
  expect(await found("q=sit nurb")).toEqual([`+${numbers[1]}`]);
  expect(await found(`q=${numbers[2]!.slice(-6)}`)).toEqual([`+${numbers[2]}`]);
  expect(await found(`q=${encodeURIComponent(`+${numbers[2]}`)}`)).toEqual([`+${numbers[2]}`]);
  expect(await found("q=nobody")).toEqual([]);
  expect(await found(`q=${encodeURIComponent('"* OR ')}`)).toEqual([]);
  expect(await found("channel=instagram")).toEqual([]);
  expect(await found("channel=instagram&channel=email")).toEqual([]);
  expect(await found("channel=instagram&channel=whatsapp")).toHaveLength(3);
  expect(await found("channel=instagram&channel=whatsapp&q=joko")).toEqual([`+${numbers[2]}`]);
  const seen: string[] = [];
  for (let cursor = ""; ;) {
    const { body } = await org.call("GET", `/api/contacts?limit=1${cursor}`);
    seen.push(body.data[0].phone_number);
    if (!body.has_more) break;
    cursor = `&cursor=${body.next_cursor}`;
  }
  expect(seen).toHaveLength(3);
  expect(new Set(seen).size).toBe(3);
  expect((await org.call("GET", "/api/contacts?cursor=abc")).body.code).toBe("malformed_request");
});

it("shows a given name in the list and keeps it over the next message", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from, "Hi", { name: "xX_profile_Xx" });
  const conversation = await conversationWith(org, from);
  const path = `/api/contacts/${conversation.contact_id}`;
  const renamed = await org.call("PATCH", path, {
    name: " Ibu Dewi ",
    email: "Dewi@Example.test",
    // The last two are one é, composed and not.
    tags: ["VIP", "vip ", "lama", "Caf\u00e9", "cafe\u0301"],
  });
  expect(renamed).toMatchObject({
    status: 200,
    body: { name: "Ibu Dewi", email: "dewi@example.test", tags: ["VIP", "lama", "Caf\u00e9"] },
  });
  // Tags of conversations and of contacts are equal in the same cases.
  const tags = ["\u00c9t\u00e9", "e\u0301TE\u0301", "\u0416", "\u0436"];
  for (const one of [path, `/api/conversations/${conversation.id}/tags`])
    expect((await org.call("PATCH", one, { tags })).body.tags).toEqual(["\u00c9t\u00e9", "\u0416"]);
  await org.call("PATCH", path, { tags: renamed.body.tags });
  // At once: in its own list, in the conversation, in the search.
  expect((await org.call("GET", "/api/conversations")).body.data[0].contact_name).toBe("Ibu Dewi");
  expect((await org.call("GET", "/api/conversations?q=dewi")).body.data).toHaveLength(1);
  expect((await org.call("GET", "/api/contacts?q=dewi")).body.data).toHaveLength(1);
  expect((await org.call("GET", "/api/contacts?q=profile")).body.data).toHaveLength(0);
  await customerWrites(account.phoneNumberId, from, "Again", { name: "xX_other_Xx" });
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", "/api/conversations")).body.data[0].message_count).toBe(2),
  );
  expect((await org.call("GET", "/api/conversations")).body.data[0].contact_name).toBe("Ibu Dewi");
  expect((await org.call("GET", path)).body).toMatchObject({ name: "Ibu Dewi", tags: ["VIP", "lama", "Caf\u00e9"] });
  // And over a first message to another number of ours.
  const second = await org.connect();
  await customerWrites(second.phoneNumberId, from, "Here too", { name: "xX_third_Xx" });
  expect(
    (await org.call("GET", `/api/conversations/${conversationIdOf(org.id, second.id, `+${from}`)}`)).body.contact_name,
  ).toBe("Ibu Dewi");
  // Taken back, also in the conversation that lists do not know yet: the next message brings the profile's name.
  await org.call("PATCH", path, { name: null });
  await eventuallyListed(org, async () =>
    expect(
      (await org.call("GET", `/api/conversations/${conversationIdOf(org.id, second.id, `+${from}`)}`)).body
        .contact_name,
    ).toBe("xX_third_Xx"),
  );
  await customerWrites(account.phoneNumberId, from, "Third", { name: "Dewi K." });
  await eventuallyListed(org, async () => expect((await org.call("GET", path)).body.name).toBe("Dewi K."));
  expect((await org.call("GET", `/api/conversations/${conversation.id}`)).body.contact_name).toBe("Dewi K.");
});

it("is found by what it is called now, by its number and by its email address, whoever changed what last", async () => {
  const org = await organization();
  const account = await org.connect();
  const [from, other] = [phone(), phone()];
  const isFoundBy = async (q: string): Promise<boolean> =>
    (await org.call("GET", `/api/contacts?q=${q}`)).body.data.length === 1;
  await customerWrites(account.phoneNumberId, from, "Hi", { name: "Rina" });
  const { contact_id: id } = await conversationWith(org, from);
  await org.call("PATCH", `/api/contacts/${id}`, { email: "r.hartono@toko.test" });
  await customerWrites(account.phoneNumberId, from, "Again", { name: "Ratna" });
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", `/api/contacts/${id}`)).body.name).toBe("Ratna"),
  );
  expect(await Promise.all(["ratna", "hartono", "toko", from.slice(-7), "rina"].map(isFoundBy))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  // The channel's later reports leave a name that a person has given.
  const username = "toko.sejahtera";
  await customerWrites(account.phoneNumberId, other, "Hi", { name: "xX_profile_Xx" });
  const { contact_id: named } = await conversationWith(org, other);
  await org.call("PATCH", `/api/contacts/${named}`, { name: "Pak Budi" });
  await customerWrites(account.phoneNumberId, other, "Me again", { name: "xX_profile_Xx", username });
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", `/api/contacts/${named}`)).body.username).toBe(username),
  );
  expect(await Promise.all(["budi", "sejahtera", other.slice(-7), "profile"].map(isFoundBy))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it("is found by an address that only one of its conversations knows, and changes only by what is new", async () => {
  const org = await organization();
  const [shown, hidden] = [await org.connect(), await org.connect()];
  const from = phone();
  await customerWrites(shown.phoneNumberId, from, "Hi", { name: "Rina" });
  const { contact_id: id } = await conversationWith(org, from);
  const contact = async () => (await org.call("GET", `/api/contacts/${id}`)).body;
  const { user_id: userId } = await contact();
  const writesHidden = async (text: string): Promise<void> => {
    graph.customers.say({ phoneNumberId: hidden.phoneNumberId, userId, name: "Ratna", text });
    await graph.settle();
  };
  await writesHidden("From where the number is not told");
  await eventuallyListed(org, async () => expect((await contact()).name).toBe("Ratna"));
  const after = await contact();
  expect(after.phone_number).toBe(`+${from}`);
  for (const q of ["ratna", from.slice(-7)])
    expect((await org.call("GET", `/api/contacts?q=${q}`)).body.data).toMatchObject([{ id }]);
  await writesHidden("Again");
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", "/api/conversations")).body.data[0]).toMatchObject({
      contact_id: id,
      last_message: "Again",
    }),
  );
  expect(await contact()).toEqual(after);
});

it("renames what a call that was cut off did not reach, and keeps a name that the channel says too", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from, "Hi", { name: "Rina" });
  const { id, contact_id: contactId } = await conversationWith(org, from);
  // As a call leaves it that was cut off after its commit.
  const event: EntityEvent = {
    id: crypto.randomUUID(),
    type: "contact.updated",
    entityId: contactId,
    at: clock.now(),
    actor: { kind: "system", id: null },
    data: { name: ["Rina", "Ratna"] },
  };
  await org.tenantDb.batch([
    org.tenantDb.prepare("UPDATE contacts SET name = 'Ratna', name_source = 'agent' WHERE id = ?").bind(contactId),
    org.tenantDb
      .prepare("INSERT INTO outbox (id, org_id, event, is_applied, next_at, created_at) VALUES (?, ?, ?, 1, ?, ?)")
      .bind(event.id, org.id, JSON.stringify(event), event.at, event.at),
  ]);
  await everyMinute(publicContext(env, () => {}));
  expect((await org.call("GET", `/api/conversations/${id}`)).body.contact_name).toBe("Ratna");
  expect(await org.tenantDb.prepare("SELECT 1 FROM outbox WHERE org_id = ?").bind(org.id).first()).toBeNull();

  const other = phone();
  await customerWrites(account.phoneNumberId, other, "Hi", { name: "Dewi" });
  const { contact_id: otherId } = await conversationWith(org, other);
  await org.call("PATCH", `/api/contacts/${otherId}`, { name: "Dewi" });
  await customerWrites(account.phoneNumberId, other, "Hi again", { name: "Dewi the Great" });
  await eventuallyListed(org, async () => expect((await conversationWith(org, other)).last_message).toBe("Hi again"));
  expect((await org.call("GET", `/api/contacts/${otherId}`)).body.name).toBe("Dewi");
  expect((await conversationWith(org, other)).contact_name).toBe("Dewi");
});

it("logs changes of a contact, and none that is no change", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from, "Hi", { name: "Rina" });
  const { contact_id: id } = await conversationWith(org, from);
  await org.call("PATCH", `/api/contacts/${id}`, { tags: ["vip"] });
  await org.call("PATCH", `/api/contacts/${id}`, { tags: ["vip"] });
  const { results } = await org.tenantDb
    .prepare("SELECT action, actor_id, changes FROM activity_logs WHERE org_id = ? AND entity_id = ?")
    .bind(org.id, id)
    .all<any>();
  expect(results.map((row) => ({ ...row, changes: JSON.parse(row.changes) }))).toEqual([
    { action: "contact.update", actor_id: org.agentId, changes: { tags: [[], ["vip"]] } },
  ]);
});

it("takes half of a character in a name for the sign for it, and can be changed again", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from, "Hi", { name: "\ud83dRina" });
  const { contact_id: id } = await conversationWith(org, from);
  expect((await org.call("GET", `/api/contacts/${id}`)).body.name).toBe("\uFFFDRina");
  expect(
    (await org.call("PATCH", `/api/contacts/${id}`, { name: "Rina \ud800", tags: ["\udc00"] })).body,
  ).toMatchObject({
    name: "Rina \uFFFD",
    tags: ["\uFFFD"],
  });
  expect((await org.call("PATCH", `/api/contacts/${id}`, { name: "Rina" })).body).toMatchObject({ name: "Rina" });
});

it("says so when a contact is never as it was read", async () => {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from);
  const { contact_id: id } = await conversationWith(org, from);
  // Bytes that are no text: a reader gets other bytes than are stored.
  await org.tenantDb
    .prepare("UPDATE contacts SET name = CAST(x'eda080' AS TEXT) WHERE org_id = ? AND id = ?")
    .bind(org.id, id)
    .run();
  expect(await org.call("PATCH", `/api/contacts/${id}`, { name: "Rina" })).toMatchObject({
    status: 409,
    body: { code: "changed_meanwhile" },
  });
  expect((await org.call("PATCH", `/api/contacts/${id}`, { tags: ["vip"] })).status).toBe(409);
});

it("refuses what a contact cannot be, and strangers", async () => {
  const [org, other] = [await organization(), await organization()];
  const account = await org.connect();
  const from = phone();
  await customerWrites(account.phoneNumberId, from);
  const { contact_id: id } = await conversationWith(org, from);
  for (const body of [
    { name: "" },
    { name: 5 },
    { email: "nope" },
    { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) },
    { tags: ["x".repeat(51)] },
    { phone_number: "+1" },
  ]) {
    expect(await org.call("PATCH", `/api/contacts/${id}`, body)).toMatchObject({
      status: 422,
      body: { code: "invalid_request" },
    });
  }
  expect((await other.call("GET", `/api/contacts/${id}`)).body.code).toBe("contact_not_found");
  expect((await other.call("PATCH", `/api/contacts/${id}`, { name: "mine" })).status).toBe(404);
  expect((await other.call("GET", `/api/contacts/${id}/conversations`)).status).toBe(404);
  expect((await other.call("GET", "/api/contacts")).body.data).toEqual([]);
});
