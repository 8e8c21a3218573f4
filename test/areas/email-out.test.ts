import { expect, it, vi } from "vitest";
import { conversationIdOf } from "../../src/domain/ids";
import type { MailAccount } from "../../simulators/mail/state.ts";
import { door, eventually, eventuallyListed, mail, type Org, organization, projected } from "../harness";

/** Mails beyond the plain answer: forwarded, signed, with a plain part; and addresses that are written to no more. */

vi.setConfig({ testTimeout: 30_000 });

interface Thread {
  account: MailAccount & { id: string };
  path: string;
  contactPath: string;
  send(content: object, by?: Pick<Org, "call">, type?: string): ReturnType<Org["call"]>;
  messages(): Promise<any[]>;
  sent(): typeof mail.state.sent;
}

async function thread(
  org: Org,
  { from = "Rina <rina@customer.test>", config = {}, ...more } = {} as any,
): Promise<Thread> {
  const account = await org.connectMail(config);
  const written = { from, to: account.address, subject: "My order", text: "Where is it?", ...more };
  const { messageId } = await mail.write(written);
  const id = conversationIdOf(org.id, account.id, messageId.replaceAll(/[<>]/g, ""));
  await projected(org, id);
  const path = `/api/conversations/${id}`;
  const { contact_id: contactId } = (await org.call("GET", path)).body;
  return {
    account,
    path,
    contactPath: `/api/contacts/${contactId}`,
    send: (content, by = org, type = "email") => by.call("POST", `${path}/messages`, { type, content }),
    messages: async () => (await org.call("GET", `${path}/messages?limit=100`)).body.messages,
    sent: () => mail.state.sent.filter(({ from: sender }) => sender === account.address),
  };
}

const nthSent = (one: Thread, n: number) =>
  eventually(async () => {
    expect(one.sent()).toHaveLength(n);
    return one.sent().at(-1)!;
  });

it("forwards a mail with its files to somebody else, and keeps it in the thread", async () => {
  const org = await organization();
  const one = await thread(org, {
    text: "Please see the bill.\n\n> earlier",
    cc: "boss@customer.test",
    attachments: [{ name: "bill.pdf", type: "application/pdf", content: Buffer.from("%PDF-1.4 bill") }],
  });
  const [original] = await one.messages();
  const forwarded: any = await one.send({ forward_of: original._id, to: ["lab@partner.test"], text: "Can you check?" });
  expect(forwarded).toMatchObject({
    status: 201,
    body: {
      _id: expect.any(String),
      content: {
        subject: "Fwd: My order",
        to: ["lab@partner.test"],
        forward_of: original._id,
        attachments: [{ file_name: "bill.pdf", mime_type: "application/pdf", file_size: 13 }],
      },
    },
  });
  const out = await nthSent(one, 1);
  expect(out).toMatchObject({
    to: ["lab@partner.test"],
    subject: "Fwd: My order",
    attachments: [{ name: "bill.pdf", type: "application/pdf", bytes: 13 }],
    replyTo: expect.stringMatching(/^support\+/),
  });
  expect(out.text).toMatch(
    /^Can you check\?\n\n-{10} Forwarded message -{10}\nFrom: Rina <rina@customer\.test>\nDate: .+\nSubject: My order\nTo: .+\nCc: boss@customer\.test\n\nPlease see the bill\./,
  );
  // The partner's answer joins the thread, whose customer stays who it was.
  await mail.write({ from: "lab@partner.test", to: out.replyTo, subject: "Re: Fwd: My order", text: "It is right" });
  expect((await one.messages()).map(({ content }) => content.text).at(-1)).toBe("It is right");
  expect((await org.call("GET", one.path)).body.contact_phone).toBe("rina@customer.test");
  // With words of HTML, and a mail of ours.
  const second = await one.send({ forward_of: forwarded.body._id, to: ["x@y.test"], html: "<b>Look</b>" });
  expect(second.status).toBe(201);
  expect((await nthSent(one, 2)).html).toMatch(/^<b>Look<\/b><br><br>-{10} Forwarded message/);
  const other = await thread(await organization());
  const [foreign] = await other.messages();
  for (const [content, code] of [
    [{ forward_of: original._id }, "message_not_allowed"],
    [{ forward_of: foreign._id, to: ["x@y.test"] }, "message_reference_unknown"],
    [{ forward_of: "no id", to: ["x@y.test"] }, "message_reference_unknown"],
  ] as const)
    expect(await one.send(content)).toMatchObject({ status: 422, body: { code } });
});

it("signs for the agent above the account, unless the mail says otherwise", async () => {
  const org = await organization();
  const agent = await org.agent();
  const one = await thread(org, { config: { signature: "Toko Biru" } });
  const set = await agent.call("PATCH", `/api/agents/${agent.agentId}`, { signature: "Ana Agent\nSales" });
  expect(set).toMatchObject({ status: 200, body: { signature: "Ana Agent\nSales" } });
  expect((await agent.call("GET", "/api/auth/me")).body).toMatchObject({ signature: "Ana Agent\nSales" });
  const texts: string[] = [];
  for (const [content, by, type] of [
    [{ text: "a" }, agent, "email"],
    [{ text: "b" }, agent, "text"],
    [{ text: "c", signature: "" }, agent, "email"],
    [{ text: "d", signature: "Only this" }, agent, "email"],
    [{ text: "e" }, org, "email"],
  ] as const) {
    expect((await one.send(content, by, type)).status).toBe(201);
    texts.push((await nthSent(one, texts.length + 1)).text);
  }
  expect(texts).toEqual([
    "a\n\n-- \nAna Agent\nSales\nToko Biru",
    "b\n\n-- \nAna Agent\nSales\nToko Biru",
    "c\n\n-- \nToko Biru",
    "d\n\n-- \nOnly this\nToko Biru",
    "e\n\n-- \nToko Biru",
  ]);
  expect((await org.call("PATCH", `/api/agents/${agent.agentId}`, { signature: null })).body.signature).toBe(null);
  for (const signature of ["x".repeat(4001), 7])
    expect((await agent.call("PATCH", `/api/agents/${agent.agentId}`, { signature })).status).toBe(422);
});

it("makes a plain part of HTML alone, shows inline images, and lets recipients unsubscribe", async () => {
  const org = await organization();
  const one = await thread(org);
  const form = new FormData();
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  form.append("file", new Blob([png], { type: "image/png" }), "logo.png");
  const headers = { authorization: `Bearer ${org.token}` };
  const { media_id } = (await (await door("/api/media", { method: "POST", body: form, headers })).json()) as any;
  const content = {
    html: '<style>p{}</style><p>Hello <a href="https://a.test">there</a></p><img src="cid:logo@1">',
    attachments: [{ media_id, content_id: "logo@1" }],
    unsubscribe_url: "https://shop.test/u/1",
  };
  expect(await one.send(content)).toMatchObject({
    status: 201,
    body: { content: { attachments: [{ content_id: "logo@1", inline: true }] } },
  });
  const out = await nthSent(one, 1);
  expect(out.text).toMatch(/^Hello .*there/);
  expect(out.text).not.toContain("p{}");
  expect(out.headers).toMatchObject({
    "List-Unsubscribe": "<https://shop.test/u/1>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
  });
  expect((out.body as any).attachments).toMatchObject([{ content_id: "logo@1" }]);
  for (const [change, field] of [
    [{ unsubscribe_url: "http://127.0.0.1/" }, "content.unsubscribe_url"],
    [{ unsubscribe_url: "javascript:alert(1)" }, "content.unsubscribe_url"],
    [{ attachments: [{ media_id, content_id: "a\r\nb" }] }, "content.attachments.0.content_id"],
  ] as const)
    expect(await one.send({ ...content, ...change })).toMatchObject({
      status: 422,
      body: { code: "message_not_allowed", errors: [expect.objectContaining({ field })] },
    });
});

/** The customer's address decides what the simulator's provider reports. */
const mailbox = (name: string): string => `${name}@c${Math.random().toString(36).slice(2, 10)}.test`;

it.each([
  ["resend", "bounce", "failed", "bounce"],
  ["postmark", "bounce", "failed", "bounce"],
  ["resend", "complain", "delivered", "complaint"],
  ["postmark", "complain", "delivered", "complaint"],
])("writes no more to whom %s reports: %s, in any order and twice", async (provider, name, status, reason) => {
  const org = await organization();
  const address = mailbox(name);
  const one = await thread(org, { from: `Rina <${address}>`, config: { provider } });
  mail.state.disorder = true;
  await one.send({ text: "Hello" });
  await nthSent(one, 1);
  await mail.settle();
  mail.state.disorder = false;
  const contact = await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", one.contactPath);
    expect(body).toMatchObject({ email_suppressed_at: expect.any(String), email_suppressed_reason: reason });
    return body;
  });
  expect((await one.messages()).at(-1)).toMatchObject({ status });
  const log = async () =>
    (await org.call("GET", `/api/activity-logs?entity_type=contact&entity_id=${contact.id}`)).body.data;
  expect(await log()).toMatchObject([{ action: "contact.address_suppressed", changes: { address, reason } }]);

  // In every field, by anybody, and from another conversation.
  const other = await thread(org);
  for (const [where, content, field] of [
    [one, { text: "Again" }, "content.to"],
    [other, { text: "x", cc: [address.toUpperCase()] }, "content.cc"],
    [other, { text: "x", to: [address] }, "content.to"],
  ] as const)
    expect(await where.send(content)).toMatchObject({
      status: 422,
      body: { code: "address_suppressed", errors: [expect.objectContaining({ field })] },
    });
  expect(await one.send({ text: "Again" }, org, "text")).toMatchObject({ status: 422 });
  expect((await one.send({ text: "To another", to: ["x@y.test"] })).status).toBe(201);
  // Another organization has its own.
  const stranger = await thread(await organization(), { from: address });
  expect((await stranger.send({ text: "Hello" })).status).toBe(201);

  const agent = await org.agent();
  expect(await agent.call("PATCH", one.contactPath, { email_suppressed: false })).toMatchObject({
    status: 200,
    body: { email_suppressed_at: null, email_suppressed_reason: null },
  });
  expect((await log()).map(({ action }: any) => action)).toEqual(["contact.update", "contact.address_suppressed"]);
  expect((await one.send({ text: "Once more" })).status).toBe(201);
  expect(await agent.call("PATCH", one.contactPath, { email_suppressed: true })).toMatchObject({
    body: { email_suppressed_reason: "agent" },
  });
  expect(await one.send({ text: "No" })).toMatchObject({ status: 422, body: { code: "address_suppressed" } });
});

it.each([
  ["resend", "reader", "read"],
  ["postmark", "reader", "read"],
  ["resend", "slow", "delivered"],
  ["postmark", "slow", "delivered"],
  ["resend", "full", "failed"],
  ["postmark", "full", "failed"],
])("follows what %s reports of %s@, and goes on writing", async (provider, name, status) => {
  const org = await organization();
  const one = await thread(org, { from: mailbox(name), config: { provider } });
  mail.state.disorder = true;
  await one.send({ text: "Hello" });
  await nthSent(one, 1);
  await mail.settle();
  mail.state.disorder = false;
  await eventually(async () => expect((await one.messages()).at(-1)).toMatchObject({ status }));
  expect((await org.call("GET", one.contactPath)).body.email_suppressed_at).toBe(null);
  expect((await one.send({ text: "Again" })).status).toBe(201);
});

it("takes a server's report of a mailbox that does not exist, only about whom the mail went to", async () => {
  const org = await organization();
  const one = await thread(org, { from: mailbox("rina"), config: { provider: "postmark" } });
  const contact = (await org.call("GET", one.contactPath)).body;
  await one.send({ text: "Hello" });
  const out = await nthSent(one, 1);
  const report = (recipient: string) =>
    mail.write({
      from: "mailer-daemon@mx.test",
      to: one.account.address,
      subject: "Undelivered",
      text: "No such mailbox",
      attachments: [
        {
          name: "s.txt",
          type: "message/delivery-status",
          content: Buffer.from(
            `Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; ${recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n`,
          ),
        },
        { name: "h.txt", type: "text/rfc822-headers", content: Buffer.from(`Message-ID: ${out.messageId}\r\n`) },
      ],
    });
  const bystander = await thread(org, { from: mailbox("other") });
  const { email } = (await org.call("GET", bystander.contactPath)).body;
  await report(email);
  await eventuallyListed(org, async () => expect((await one.messages()).at(-1).content.text).toBe("No such mailbox"));
  await report(contact.email);
  await eventuallyListed(org, async () =>
    expect((await org.call("GET", one.contactPath)).body).toMatchObject({ email_suppressed_reason: "bounce" }),
  );
  expect((await org.call("GET", bystander.contactPath)).body.email_suppressed_at).toBe(null);
});
