import { expect, it, vi } from "vitest";
import type { CustomerMail } from "../../simulators/mail/compose.ts";
import { call, eventually, eventuallyListed, mail, type Org, organization, projected } from "../harness";

vi.setConfig({ testTimeout: 60_000 });

const threadsOf = async (org: Org): Promise<string[][]> => {
  const { body } = await org.call("GET", "/api/conversations?limit=100");
  const found = await Promise.all(
    body.data.map(async ({ id }: { id: string }) => {
      const { messages } = (await org.call("GET", `/api/conversations/${id}/messages?limit=100`)).body;
      return messages.map((each: any) => each.external_id as string).toSorted();
    }),
  );
  return found.toSorted((a, b) => a[0]!.localeCompare(b[0]!));
};

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  return items
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** Threads of several people, each mail with what its program writes of the chain. */
function threads(count: number, to: string): CustomerMail[] {
  return Array.from({ length: count }, (_, t) => {
    const ids = [0, 1, 2, 3, 4].map((n) => `<t${t}-${n}@customer.test>`);
    return ids.map((messageId, n): CustomerMail => ({
      from: n === 3 ? `colleague${t}@customer.test` : `person${t}@customer.test`,
      to: n === 3 ? `${to}, person${t}@customer.test` : to,
      subject: n === 0 ? `Matter ${t}` : `Re: Matter ${t}`,
      text: `mail ${n} of ${t}`,
      messageId,
      ...(n > 0 && { inReplyTo: ids[n - 1]! }),
      // Some programs name the whole chain, some only what they answer.
      ...(n > 0 && t % 3 !== 0 && { references: ids.slice(0, n) }),
    }));
  }).flat();
}

it("puts every mail once into its thread, in any order, twice, and at the same time", async () => {
  for (const seed of [1, 2]) {
    const org = await organization();
    const { address } = await org.connectMail();
    const mails = threads(6, address);
    const order = shuffled([...mails, ...mails], seed);
    for (let at = 0; at < order.length; at += 6) {
      const answers = await Promise.all(order.slice(at, at + 6).map((each) => mail.write(each)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    }
    const found = await eventuallyListed(org, async () => {
      const all = await threadsOf(org);
      expect(all.flat()).toHaveLength(mails.length);
      return all;
    });
    expect(found).toEqual(Array.from({ length: 6 }, (_, t) => [0, 1, 2, 3, 4].map((n) => `t${t}-${n}@customer.test`)));
  }
});

it("keeps different mails that have one Message-ID", async () => {
  const org = await organization();
  const { address } = await org.connectMail();
  const same = { to: address, messageId: "<always@shop.test>", from: "robot@shop.test" };
  const [one, two] = [
    { ...same, subject: "Order 1", text: "one", date: new Date(Date.now() - 5000).toUTCString() },
    { ...same, subject: "Order 2", text: "two", date: new Date(Date.now() - 4000).toUTCString() },
  ];
  for (const each of [one, two, two, one]) await mail.write(each);
  await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data.map(({ last_message, message_count }: any) => [last_message, message_count]).toSorted()).toEqual([
      ["Order 1\none", 1],
      ["Order 2\ntwo", 1],
    ]);
  });
});

it("follows a subject for a week, and tells senders apart", async () => {
  const org = await organization();
  const { address } = await org.connectMail();
  const write = (from: string, subject: string, daysAgo: number) =>
    mail.write({
      from,
      to: address,
      subject,
      text: subject,
      date: new Date(Date.now() - daysAgo * 86_400_000).toUTCString(),
    });
  await write("a@customer.test", "Invoice", 20);
  await write("a@customer.test", "AW: invoice", 15);
  await write("b@customer.test", "Re: Invoice", 14);
  await write("a@customer.test", "Re: Invoice", 2);
  await write("a@customer.test", "", 2);
  await write("a@customer.test", "Re:", 2);
  await eventuallyListed(org, async () =>
    expect((await threadsOf(org)).map((thread) => thread.length).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 1, 2]),
  );
});

it("takes one mail to two addresses once in each, and no token of another organization", async () => {
  const org = await organization();
  const [one, two] = [await org.connectMail(), await org.connectMail()];
  const both = { from: "a@customer.test", to: `${one.address}, ${two.address}`, subject: "Both", text: "x" };
  const { messageId } = await mail.write(both);
  await mail.write({ ...both, messageId });
  await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(new Set(data.map(({ account_id }: any) => account_id))).toEqual(new Set([one.id, two.id]));
    expect(data.map(({ message_count }: any) => message_count)).toEqual([1, 1]);
  });

  const stranger = await organization();
  const theirs = await stranger.connectMail();
  await mail.write({ from: "a@customer.test", to: theirs.address, subject: "Theirs", text: "x" });
  const conversation = await eventuallyListed(stranger, async () => {
    const { data } = (await stranger.call("GET", "/api/conversations")).body;
    expect(data).toHaveLength(1);
    return data[0];
  });
  await stranger.call("POST", `/api/conversations/${conversation.id}/messages`, {
    type: "text",
    content: { text: "y" },
  });
  const token = await eventually(async () => {
    const sent = mail.state.sent.find(({ from }) => from === theirs.address);
    expect(sent).toMatchObject({ subject: "Re: Theirs", text: "y" });
    return /\+(\w+)@/.exec(sent!.replyTo)![1]!;
  });
  for (const forged of [token, `${token.slice(0, -1)}a`, "x".repeat(36)])
    await mail.write({
      from: "e@vil.test",
      to: one.address.replace("@", `+${forged}@`),
      subject: `F ${forged}`,
      text: "z",
    });
  expect((await stranger.call("GET", `/api/conversations/${conversation.id}`)).body.message_count).toBe(2);
  await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data).toHaveLength(5);
    expect(data.map(({ id }: any) => id)).not.toContain(conversation.id);
  });
});

it("records what programs write, and answers none of it", async () => {
  const org = await organization();
  const account = await org.connectMail();
  await mail.write({ from: "a@customer.test", to: account.address, subject: "Help", text: "x" });
  const conversation = await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data).toHaveLength(1);
    return data[0];
  });
  const path = `/api/conversations/${conversation.id}`;
  await org.call("POST", `${path}/messages`, { type: "text", content: { text: "Hello" } });
  const out = await eventually(async () => {
    const found = mail.state.sent.find(({ from }) => from === account.address);
    expect(found).toBeDefined();
    return found!;
  });
  await mail.settle();
  await org.call("PATCH", `${path}/status`, { status: "resolved" });
  // An absence does not open what is finished.
  await mail.write({
    from: "a@customer.test",
    to: out.replyTo,
    subject: "Out of office",
    text: "I am away",
    inReplyTo: out.messageId,
    headers: { "Auto-Submitted": "auto-replied" },
  });
  const now = (await org.call("GET", path)).body;
  expect(now).toMatchObject({ status: "resolved", message_count: 3 });
  const messages = (await org.call("GET", `${path}/messages`)).body.messages;
  expect(messages.at(-1)).toMatchObject({ content: { automated: true, text: "I am away" } });
});

it("fails the message that bounced, with the server's words", async () => {
  const org = await organization();
  const account = await org.connectMail({ provider: "postmark" });
  await mail.write({ from: "a@customer.test", to: account.address, subject: "Help", text: "x" });
  const conversation = await eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data).toHaveLength(1);
    return data[0];
  });
  const path = `/api/conversations/${conversation.id}/messages`;
  await org.call("POST", path, { type: "text", content: { text: "One" } });
  const out = await eventually(async () => {
    const found = mail.state.sent.find(({ from }) => from === account.address);
    expect(found).toBeDefined();
    return found!;
  });
  const report = [
    "From: MAILER-DAEMON@customer.test",
    `To: ${account.address}`,
    "Subject: Undelivered Mail Returned to Sender",
    "Message-ID: <dsn@customer.test>",
    "Auto-Submitted: auto-replied",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "I'm sorry.",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.customer.test",
    "",
    "Final-Recipient: rfc822; a@customer.test",
    "Action: failed",
    "Status: 5.1.1",
    "Diagnostic-Code: smtp; 550 5.1.1 <a@customer.test>:",
    " no such user",
    "--b",
    "Content-Type: text/rfc822-headers",
    "",
    `Message-ID: ${out.messageId}`,
    "--b--",
  ].join("\r\n");
  const answer = await call(
    "POST",
    `/webhook/email?account=${account.address}&secret=${account.inboundSecret}`,
    report,
    {
      "content-type": "message/rfc822",
    },
  );
  expect(answer).toMatchObject({ status: 200, body: { received: 2 } });
  const messages = (await org.call("GET", path)).body.messages;
  expect(messages).toHaveLength(3);
  expect(messages[1]).toMatchObject({
    status: "failed",
    failure: { code: "5.1.1", title: expect.stringMatching(/a@customer\.test: 550 5\.1\.1 .*no such user/) },
  });
  // The provider's own report of another mail.
  await org.call("POST", path, { type: "email", content: { text: "Two", to: ["bounce@customer.test"] } });
  await eventually(async () => {
    await mail.settle();
    expect((await org.call("GET", path)).body.messages.at(-1)).toMatchObject({
      status: "failed",
      failure: { code: "HardBounce", title: expect.stringContaining("bounce@customer.test") },
    });
  });
  await projected(org, conversation.id);
});

it("finds the thread by an id that the provider has told a moment ago", async () => {
  const org = await organization();
  const account = await org.connectMail();
  await mail.write({ from: "rina@customer.test", to: account.address, subject: "Order", text: "Where?" });
  const [{ id }] = await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", "/api/conversations");
    expect(body.data).toHaveLength(1);
    return body.data;
  });
  await org.call("POST", `/api/conversations/${id}/messages`, { type: "email", content: { text: "On its way" } });
  const out = await eventually(async () => {
    const found = mail.state.sent.find(({ from }) => from === account.address);
    expect(found).toBeDefined();
    return found!;
  });
  await mail.settle();
  const inReplyTo = out.messageId;
  await mail.write({ from: "boss@elsewhere.test", to: account.address, subject: "?", text: "Thanks", inReplyTo });
  const { messages } = (await org.call("GET", `/api/conversations/${id}/messages`)).body;
  expect(messages.map(({ content }: any) => content.text)).toEqual(["Where?", "On its way", "Thanks"]);
});
