import { expect, it, vi } from "vitest";
import { contactIdOf } from "../../src/domain/ids";
import { conversationWith, customerWrites, eventuallyListed, type Org, organization, phone } from "../harness";
import { begin, connected } from "../messaging";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 30_000 });

const create = (org: Org, body: object, key?: string) =>
  org.call("POST", "/api/contacts", body, key === undefined ? {} : { "idempotency-key": key });
const listed = async (org: Org, query = ""): Promise<string[]> =>
  (await org.call("GET", `/api/contacts?${query}`)).body.data.map((one: any) => one.id);

it("creates a contact that the person's first message finds", async () => {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  const asked = {
    channel: "whatsapp",
    phone_number: `+${from.slice(0, 2)} ${from.slice(2)}`,
    name: "Rina",
    tags: ["VIP", "vip"],
  };
  const made = await create(org, asked, "one");
  expect([made.status, made.body]).toMatchObject([
    201,
    {
      id: contactIdOf(org.id, "whatsapp", `+${from}`),
      phone_number: `+${from}`,
      name: "Rina",
      tags: ["VIP"],
      merged_into: null,
    },
  ]);
  expect((await create(org, asked, "one")).body).toEqual(made.body);
  expectProblem(await create(org, asked), 409, "contact_exists");
  expect(await listed(org, "q=rina")).toEqual([made.body.id]);
  await customerWrites(phoneNumberId, from, "Hello", { userId: `ID.${from}` });
  expect(await conversationWith(org, from)).toMatchObject({ contact_id: made.body.id, contact_name: "Rina" });
  expect((await org.call("GET", `/api/contacts/${made.body.id}`)).body).toMatchObject({
    name: "Rina",
    user_id: `ID.${from}`,
  });
  expect(await listed(org)).toEqual([made.body.id]);
});

it("takes of each channel the name that it has, and refuses others", async () => {
  const org = await organization();
  for (const body of [
    { channel: "email", email: "Rina@Customer.test", tags: ["a"] },
    { channel: "instagram", user_id: "17841400000000001" },
    { channel: "messenger", user_id: "1000000000000001", name: "Rina" },
    { channel: "whatsapp", user_id: "ID.123" },
  ])
    expect((await create(org, body)).status, JSON.stringify(body)).toBe(201);
  for (const body of [
    { channel: "whatsapp" },
    { channel: "email", phone_number: "+6281234567890" },
    { channel: "email" },
    { channel: "instagram", phone_number: "+6281234567890" },
    { channel: "whatsapp", phone_number: "none" },
    { channel: "whatsapp", phone_number: "+6281234567891", tags: Array.from({ length: 51 }, (_, i) => `t${i}`) },
    { channel: "sms", phone_number: "+6281234567890" },
  ])
    expect((await create(org, body)).status, JSON.stringify(body)).toBe(422);
  expect(await listed(org)).toHaveLength(4);
});

it("lists by tag, channel and account, together and with a search", async () => {
  const org = await organization();
  const [shop, support] = [await org.connect(), await org.connect()];
  const page = await connected(org, "messenger");
  const [a, b] = [phone(), phone()];
  await customerWrites(shop.phoneNumberId, a);
  await customerWrites(support.phoneNumberId, a);
  await customerWrites(support.phoneNumberId, b);
  await begin(page);
  const idOf = (from: string): string => contactIdOf(org.id, "whatsapp", `+${from}`);
  await eventuallyListed(org, async () => expect(await listed(org)).toHaveLength(3));
  await org.call("PATCH", `/api/contacts/${idOf(a)}`, { tags: ["VIP", 'say "hi", twice'] });
  await org.call("PATCH", `/api/contacts/${idOf(b)}`, { tags: ["vip"] });
  const sorted = async (query: string): Promise<string[]> => (await listed(org, query)).toSorted();
  expect(await sorted(`account_id=${shop.id}`)).toEqual([idOf(a)]);
  expect(await sorted(`account_id=${support.id}`)).toEqual([idOf(a), idOf(b)].toSorted());
  expect(await sorted(`account_id=${shop.id}&account_id=${page.id}`)).toHaveLength(2);
  expect(await sorted("tag=Vip")).toEqual([idOf(a), idOf(b)].toSorted());
  expect(await sorted("tag=vip&tag=say%20%22hi%22,%20twice")).toEqual([idOf(a)]);
  expect(await sorted("tag=vip&channel=messenger")).toEqual([]);
  expect(await sorted(`tag=vip&account_id=${support.id}&q=${b}`)).toEqual([idOf(b)]);
  expect(await sorted("channel=messenger")).toHaveLength(1);
  await org.call("PATCH", `/api/contacts/${idOf(a)}`, { tags: [] });
  expect(await sorted("tag=vip")).toEqual([idOf(b)]);
  const first = await org.call("GET", `/api/contacts?account_id=${support.id}&limit=1`);
  const second = await org.call(
    "GET",
    `/api/contacts?account_id=${support.id}&limit=1&cursor=${first.body.next_cursor}`,
  );
  expect([first.body.has_more, second.body.has_more]).toEqual([true, false]);
  expect(new Set([first.body.data[0].id, second.body.data[0].id])).toEqual(new Set([idOf(a), idOf(b)]));
});

it("merges one person's two contacts: one in lists, one name, all conversations", async () => {
  const org = await organization();
  const [shop, support] = [await org.connect(), await org.connect()];
  const page = await connected(org, "messenger");
  const from = phone();
  await customerWrites(shop.phoneNumberId, from, "By phone", { name: "Rina" });
  const { id: chatId } = await begin(page);
  const { contact_id: kept, id: phoneId } = await conversationWith(org, from);
  const other = (await org.call("GET", `/api/conversations/${chatId}`)).body.contact_id;
  await eventuallyListed(org, async () => expect(await listed(org)).toHaveLength(2));
  await org.call("PATCH", `/api/contacts/${other}`, {
    tags: ["chat"],
    email: "rina@customer.test",
    marketing_opted_out: true,
  });
  await org.call("PATCH", `/api/contacts/${kept}`, { tags: ["phone"] });
  const merged = await org.call("POST", `/api/contacts/${kept}/merge`, { contact_id: other });
  expect([merged.status, merged.body]).toMatchObject([
    200,
    { id: kept, name: "Rina", tags: ["phone", "chat"], email: "rina@customer.test", marketing_source: "agent" },
  ]);
  expect(merged.body.marketing_opted_out_at).not.toBeNull();
  expect((await org.call("POST", `/api/contacts/${kept}/merge`, { contact_id: other })).body.tags).toEqual([
    "phone",
    "chat",
  ]);
  expect(await listed(org)).toEqual([kept]);
  expect(await listed(org, "tag=chat")).toEqual([kept]);
  expect((await org.call("GET", `/api/contacts/${other}`)).body).toMatchObject({ merged_into: kept, name: "Rina" });
  const conversationsOf = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await org.call("GET", `/api/contacts/${kept}/conversations`)).body.data.map((c: any) => [c.id, c.contact_name]),
    );
  await eventuallyListed(org, async () =>
    expect(await conversationsOf()).toEqual({ [phoneId]: "Rina", [chatId]: "Rina" }),
  );

  // A new name of the kept contact reaches all conversations, also those that begin later.
  await org.call("PATCH", `/api/contacts/${kept}`, { name: "Rina Wijaya" });
  await customerWrites(support.phoneNumberId, from, "To the support");
  await eventuallyListed(org, async () =>
    expect(Object.values(await conversationsOf())).toEqual(["Rina Wijaya", "Rina Wijaya", "Rina Wijaya"]),
  );
  expect((await org.call("GET", "/api/conversations?q=wijaya")).body.data).toHaveLength(3);

  expectProblem(await org.call("PATCH", `/api/contacts/${other}`, { name: "No" }), 409, "contact_merged");
  expectProblem(await org.call("POST", `/api/contacts/${other}/merge`, { contact_id: kept }), 409, "contact_merged");
  expectProblem(await org.call("POST", `/api/contacts/${kept}/merge`, { contact_id: kept }), 422, "invalid_request");
  expectProblem(
    await org.call("POST", `/api/contacts/${kept}/merge`, { contact_id: org.agentId }),
    422,
    "contact_unknown",
  );

  // Whoever was merged follows.
  const { body: third } = await create(org, { channel: "email", email: "rina@office.test", name: "R. W." });
  await org.call("POST", `/api/contacts/${third.id}/merge`, { contact_id: kept });
  expect((await org.call("GET", `/api/contacts/${other}`)).body).toMatchObject({
    merged_into: third.id,
    name: "R. W.",
  });
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", `/api/contacts/${third.id}/conversations`)).body.data).toHaveLength(3),
  );
});

it("merges two contacts into each other at the same time into one", async () => {
  const org = await organization();
  const made = await Promise.all(
    [phone(), phone()].map(
      async (from) => (await create(org, { channel: "whatsapp", phone_number: from, name: from })).body.id,
    ),
  );
  const [a, b] = made as [string, string];
  const answers = await Promise.all([
    org.call("POST", `/api/contacts/${a}/merge`, { contact_id: b }),
    org.call("POST", `/api/contacts/${b}/merge`, { contact_id: a }),
  ]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
  expect(await listed(org)).toHaveLength(1);
});

it("merges what was changed at the same moment, or nothing", async () => {
  const org = await organization();
  for (let round = 0; round < 5; round++) {
    const [a, b] = (await Promise.all(
      ["kept", "gone"].map(
        async (tag) =>
          (await create(org, { channel: "whatsapp", phone_number: phone(), name: tag, tags: [`${tag}-${round}`] })).body
            .id,
      ),
    )) as [string, string];
    const [merged, ...changed] = await Promise.all([
      org.call("POST", `/api/contacts/${a}/merge`, { contact_id: b }),
      org.call("PATCH", `/api/contacts/${a}`, { name: "New" }),
      org.call("PATCH", `/api/contacts/${b}`, { marketing_opted_out: true }),
    ]);
    expect(changed.map(({ status }) => [200, 409].includes(status))).toEqual([true, true]);
    const [kept, other] = [
      (await org.call("GET", `/api/contacts/${a}`)).body,
      (await org.call("GET", `/api/contacts/${b}`)).body,
    ];
    expect([200, 409]).toContain(merged.status);
    expect(other.merged_into).toBe(merged.status === 200 ? a : null);
    expect(kept.tags.toSorted()).toEqual(
      merged.status === 200 ? [`gone-${round}`, `kept-${round}`] : [`kept-${round}`],
    );
  }
});
