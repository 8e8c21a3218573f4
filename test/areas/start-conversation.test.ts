import { beforeAll, expect, it, vi } from "vitest";
import {
  type Answer,
  conversationWith,
  customerWrites,
  eventually,
  eventuallyListed,
  graph,
  mail,
  phone,
} from "../harness";
import { expectProblem } from "../problem";
import { type Shop, shop } from "./wa-templates";

vi.setConfig({ testTimeout: 60_000 });

let mine: Shop;
beforeAll(async () => {
  mine = await shop();
  mine.has({ name: "order_shipped" });
  mine.has({ name: "sale", category: "MARKETING", components: [{ type: "BODY", text: "Our sale has begun!" }] });
  await mine.sync();
});

const start = (body: object, headers: Record<string, string> = {}, by = mine.org as any): Promise<Answer> =>
  by.call("POST", "/api/conversations", body, headers);
const template = (name = "order_shipped", ...values: string[]) => ({
  type: "template",
  content: {
    name,
    language: "en_US",
    ...(values.length > 0 && {
      components: [{ type: "body", parameters: values.map((text) => ({ type: "text", text })) }],
    }),
  },
});
const atMeta = (to: string) => graph.state.messages.filter((message) => message.to === to);

it("begins a conversation with somebody who has not written, and their answer arrives in it", async () => {
  const to = phone();
  const started = await start({
    to: `+${to}`,
    name: "Ani",
    message: template("order_shipped", "{{contact.name}}", "A-1"),
  });
  expect(started, JSON.stringify(started.body)).toMatchObject({
    status: 201,
    body: {
      created: true,
      conversation: {
        status: "open",
        cycle: 1,
        contact_name: "Ani",
        contact_phone: `+${to}`,
        window_status: "expired",
      },
      message: { direction: "outbound", content: { text: "Hello Ani, your order A-1 is on its way." } },
    },
  });
  await eventually(async () => expect(atMeta(to)).toHaveLength(1));
  const { id, contact_id: contactId } = started.body.conversation;
  const listed = await eventually(async () => {
    const { body } = await mine.org.call("GET", `/api/conversations?q=${to}`);
    expect(body.data).toHaveLength(1);
    return body.data[0];
  });
  expect(listed).toMatchObject({ id, message_count: 1 });
  expect((await mine.org.call("GET", `/api/contacts/${contactId}`)).body).toMatchObject({ name: "Ani" });

  await customerWrites(mine.phoneNumberId, to, "Thank you", { name: "Ani Rahayu" });
  const answered = await conversationWith(mine.org, to);
  expect(answered).toMatchObject({ id, message_count: 2, unread_count: 1, contact_name: "Ani Rahayu", cycle: 1 });

  const again = await start({ to, message: { type: "text", content: { text: "Gladly" } } });
  expect(again).toMatchObject({ status: 201, body: { created: false, conversation: { id } } });
});

it("answers a repeated call as the first, and begins once", async () => {
  const to = phone();
  const body = { to: `+${to}`, message: template("order_shipped", "Ani", "A-2") };
  const [one, other] = await Promise.all([
    start(body, { "idempotency-key": to }),
    start(body, { "idempotency-key": to }),
  ]);
  expect([one.status, other.status]).toEqual([201, 201]);
  expect(other.body.message._id).toBe(one.body.message._id);
  expect([one.body.created, other.body.created]).toEqual([true, true]);
  await eventually(async () => expect(atMeta(to)).toHaveLength(1));
});

it("finds the thread of whoever has the number now", async () => {
  const [old, now] = [phone(), phone()];
  await customerWrites(mine.phoneNumberId, old, "I am Budi");
  const { id } = await conversationWith(mine.org, old);
  graph.customers.say({
    phoneNumberId: mine.phoneNumberId,
    from: old,
    message: {
      type: "system",
      system: { type: "user_changed_number", wa_id: now, body: "The number has changed" },
    },
  });
  await graph.settle();
  const started = await start({ to: now, message: { type: "text", content: { text: "Is this still you?" } } });
  expect(started).toMatchObject({ status: 201, body: { created: false, conversation: { id } } });
  await eventually(async () => expect(atMeta(now)).toHaveLength(1));
});

it("refuses what the channel would, and begins nothing", async () => {
  const to = phone();
  expectProblem(await start({ to, message: { type: "text", content: { text: "Hello" } } }), 422, "window_closed");
  expectProblem(await start({ to, message: template("no_such") }), 422, "template_not_found");
  expectProblem(
    await start({ to, message: { ...template("sale"), reply_to: "0".repeat(24) } }),
    422,
    "message_reference_unknown",
  );
  expectProblem(await start({ to: "12", message: template("sale") }), 422, "invalid_request");
  expectProblem(await start({ to: "+62 12 34", message: template("sale") }), 422, "address_invalid");
  expectProblem(await start({ to, channel: "messenger", message: template("sale") }), 404, "integration_not_found");
  expectProblem(
    await start({ to, account_id: crypto.randomUUID(), message: template("sale") }),
    404,
    "integration_account_not_found",
  );
  const { body } = await mine.org.call("GET", `/api/conversations?q=${to}`);
  expect(body.data).toEqual([]);
  expect(atMeta(to)).toEqual([]);
});

it("sends no marketing to a contact that takes none", async () => {
  const to = phone();
  await customerWrites(mine.phoneNumberId, to);
  const { contact_id: contactId } = await conversationWith(mine.org, to);
  await mine.org.call("PATCH", `/api/contacts/${contactId}`, { marketing_opted_out: true });
  expectProblem(await start({ to, message: template("sale") }), 422, "contact_opted_out");
  expect((await start({ to, message: template("order_shipped", "Ani", "A-3") })).status).toBe(201);
});

it("assigns it to the agent who began it, in the account's division, and hides it from others", async () => {
  const admin = mine.org;
  const [ana, bob] = await Promise.all([admin.agent(), admin.agent()]);
  const division = await admin.call("POST", "/api/divisions", { name: `D ${phone()}` });
  await admin.call("PATCH", `/api/integrations/accounts/${mine.id}`, { division_id: division.body.id });
  const to = phone();
  const body = { account_id: mine.id, to, message: template("order_shipped", "Ani", "A-4") };
  const started = await start(body, {}, ana);
  expect(started.body.conversation).toMatchObject({
    assigned_agent_id: ana.agentId,
    division_id: division.body.id,
    status: "open",
  });
  expectProblem(await start(body, {}, bob), 409, "conversation_taken");
  await admin.call("PATCH", `/api/integrations/accounts/${mine.id}`, { division_id: null });
});

it("begins a thread by email, which answers continue", async () => {
  const box = await mine.org.connectMail();
  const to = `ani-${phone()}@example.com`;
  const message = { type: "email", content: { subject: "Your quote", text: "Here it is." } };
  const withoutSubject = { type: "email", content: { text: "Here it is." } };
  expectProblem(await start({ to, message: withoutSubject }), 422, "message_not_allowed");
  const started = await start({ account_id: box.id, to: to.toUpperCase(), message });
  expect(started, JSON.stringify(started.body)).toMatchObject({ status: 201, body: { created: true } });
  const { id } = started.body.conversation;
  const another = await start({ account_id: box.id, to, message });
  expect(another.body.conversation.id).not.toBe(id);
  const sent = await eventually(async () => {
    const found = mail.state.sent.filter((one) => one.to.includes(to));
    expect(found.map(({ subject }) => subject)).toEqual(["Your quote", "Your quote"]);
    return found;
  });
  await mail.write({ from: to, to: sent[0]!.replyTo!, subject: "Re: Your quote", text: "Fine" });
  await mine.org.call("POST", `/api/conversations/${id}/messages`, {
    type: "email",
    content: { text: "One more thing." },
  });
  await eventuallyListed(mine.org, async () => {
    const { body } = await mine.org.call("GET", `/api/conversations/${id}/messages`);
    expect(body.messages.map((one: any) => one.content.subject)).toEqual([
      "Your quote",
      "Re: Your quote",
      "Re: Your quote",
    ]);
  });
});
