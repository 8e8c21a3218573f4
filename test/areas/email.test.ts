import { expect, it, vi } from "vitest";
import { conversationIdOf } from "../../src/domain/ids";
import { call, door, eventually, eventuallyListed, mail, type Org, organization, projected } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

const plain = (id: string): string => id.replaceAll(/[<>]/g, "");
const conversationOf = async (org: Org, accountId: string, root: string) =>
  (await org.call("GET", `/api/conversations/${conversationIdOf(org.id, accountId, plain(root))}`)).body;
const messagesOf = async (org: Org, id: string): Promise<any[]> =>
  (await org.call("GET", `/api/conversations/${id}/messages?limit=100`)).body.messages;

it("takes a mail, answers it in its thread, and learns that the answer arrived", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const first = await mail.write({
    from: "Rina <Rina@Customer.test>",
    to: account.address,
    subject: "My order 4711",
    text: "Where is it?",
  });
  expect(first.status).toBe(200);
  const conversation = await conversationOf(org, account.id, first.messageId);
  expect(conversation).toMatchObject({
    contact_channel: "email",
    contact_name: "Rina",
    contact_phone: "rina@customer.test",
    window_status: "open",
    window_expires_at: null,
    unread_count: 1,
  });
  const sent = await org.call("POST", `/api/conversations/${conversation.id}/messages`, {
    type: "email",
    content: { text: "On its way, {{contact.name}}." },
  });
  expect(sent.status).toBe(201);
  expect(sent.body.content).toMatchObject({ subject: "Re: My order 4711", to: ["rina@customer.test"] });
  const out = await eventually(async () => {
    const found = mail.state.sent.find(({ from }) => from === account.address);
    expect(found).toBeDefined();
    return found!;
  });
  expect(out).toMatchObject({ to: ["rina@customer.test"], subject: "Re: My order 4711", text: "On its way, Rina." });
  expect(out.headers).toMatchObject({ "In-Reply-To": first.messageId, References: first.messageId });
  expect(out.replyTo).toMatch(/^support\+[a-z2-7]{36}@/);
  await mail.settle();
  await eventually(async () =>
    expect((await messagesOf(org, conversation.id)).at(-1)).toMatchObject({ status: "delivered", external_id: out.id }),
  );

  // The answer comes to the address with the token, or names the Message-ID that the provider has set.
  const byToken = { from: "rina@customer.test", to: out.replyTo, subject: "Thanks", text: "Great" };
  expect((await mail.write(byToken)).status).toBe(200);
  await projected(org, conversation.id);
  const byId = {
    from: "r@elsewhere.test",
    to: account.address,
    subject: "Thanks",
    text: "Too",
    inReplyTo: out.messageId,
  };
  expect((await mail.write(byId)).status).toBe(200);
  const thread = await messagesOf(org, conversation.id);
  expect(thread.map(({ content }) => content.text)).toEqual(["Where is it?", "On its way, Rina.", "Great", "Too"]);
  expect(thread.at(-1).sender_phone).toBe("r@elsewhere.test");
  const now = (await org.call("GET", `/api/conversations/${conversation.id}`)).body;
  expect(now).toMatchObject({ contact_phone: "rina@customer.test", contact_name: "Rina" });
  const contact = (await org.call("GET", `/api/contacts/${now.contact_id}`)).body;
  expect(contact).toMatchObject({ email: "rina@customer.test", phone_number: null, channel_source: "email" });
  const found = await eventuallyListed(org, async () => {
    const { body } = await org.call("GET", "/api/conversations?q=rina@customer.test");
    expect(body.data).toHaveLength(1);
    return body.data;
  });
  expect(found[0].id).toBe(conversation.id);
});

const post = async (path: string, body: BodyInit, headers: Record<string, string>) => {
  const response = await door(path, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as any };
};
const raw = { "content-type": "message/rfc822" };

it("takes nothing without the account's secret or its provider's signature", async () => {
  const org = await organization();
  const { address, inboundSecret } = await org.connectMail();
  const other = await (await organization()).connectMail();
  const text = `From: a@b.test\r\nTo: ${address}\r\nMessage-ID: <1@b.test>\r\n\r\nhi`;
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
  });
  for (const [path, headers] of [
    ["/webhook/email", {}],
    [`/webhook/email?account=${address}`, {}],
    [`/webhook/email?account=${address}&secret=wrong-wrong-wrong-wrong`, {}],
    [`/webhook/email?account=${address}&secret=${other.inboundSecret}`, {}],
    ["/webhook/email", basic(address, other.inboundSecret)],
    ["/webhook/email", basic("unknown@nowhere.test", inboundSecret)],
    [`/webhook/email/${address}/${other.inboundSecret}`, {}],
  ] as const)
    expect(await post(path, text, { ...raw, ...headers })).toMatchObject({
      status: 401,
      body: { code: "webhook_signature_wrong" },
    });
  expect((await org.call("GET", "/api/conversations")).body.data).toEqual([]);
  const paths = [
    `/webhook/email?account=${address}&secret=${inboundSecret}`,
    `/webhook/email/${encodeURIComponent(address.toUpperCase())}/${inboundSecret}`,
    `/webhook/email?secret=${inboundSecret}`,
  ];
  for (const path of paths) expect(await post(path, text, raw)).toMatchObject({ status: 200, body: { received: 1 } });
  expect(await post("/webhook/email", text, { ...raw, ...basic("any", inboundSecret) })).toMatchObject({ status: 200 });
});

it("answers what it cannot keep now so that every provider delivers it again", async () => {
  const org = await organization();
  const { address, inboundSecret, id } = await org.connectMail();
  await org.call("PATCH", `/api/integrations/accounts/${id}`, { is_active: false });
  const deliver = (n: number) =>
    post(
      `/webhook/email?account=${address}&secret=${inboundSecret}`,
      `From: a@b.test\r\nTo: ${address}\r\nMessage-ID: <${n}@b.test>\r\n\r\n${"word ".repeat(19_000)}`,
      raw,
    );
  const answers = [];
  for (let n = 0; n < 12; n++) answers.push(await deliver(n));
  expect(answers[0]).toMatchObject({ status: 200 });
  expect(answers.at(-1)).toMatchObject({ status: 503, body: { code: "webhook_mail_delayed" } });
});

it("keeps files, shows inline images, and cleans HTML", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const { messageId } = await mail.write({
    from: "rina@customer.test",
    to: account.address,
    subject: "Broken",
    html: '<p onclick="x()">See <img src="cid:photo@1"><img src="https://tracker.test/p.gif"><script>alert(1)</script></p>',
    attachments: [
      { name: "photo.png", type: "image/png", content: png, contentId: "photo@1" },
      { name: "bill.pdf", type: "application/pdf", content: Buffer.from("%PDF-1.4 bill") },
      { name: "evil.html", type: "text/html", content: Buffer.from("<script>alert(1)</script>") },
      { name: "winmail.dat", type: "application/ms-tnef", content: Buffer.from("tnef") },
      { name: "invite.ics", type: "text/calendar; method=REQUEST", content: Buffer.from("BEGIN:VCALENDAR") },
    ],
  });
  const conversation = await conversationOf(org, account.id, messageId);
  const [message] = await messagesOf(org, conversation.id);
  expect(message.content.text).toMatch(/^See/);
  expect(
    message.content.attachments.map(({ file_name, mime_type, inline }: any) => [file_name, mime_type, inline]),
  ).toEqual([
    ["photo.png", "image/png", true],
    ["bill.pdf", "application/pdf", false],
    ["evil.html", "application/octet-stream", false],
    ["winmail.dat", "application/octet-stream", false],
    ["invite.ics", "text/calendar", false],
  ]);
  const bill = message.content.attachments[1];
  expect((await call("GET", new URL(bill.signed_url).pathname)).body).toBe("%PDF-1.4 bill");
  await projected(org, conversation.id);
  expect((await org.call("GET", bill.url)).body).toBe("%PDF-1.4 bill");
  const page = await call("GET", new URL(message.content.html_url).pathname);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toMatch(/^sandbox[^;]*; default-src 'none'/);
  expect(page.body).not.toMatch(/script|onclick|tracker/);
  const [, image] = /src="([^"]+)"/.exec(page.body) ?? [];
  expect((await door(new URL(image!).pathname)).headers.get("content-type")).toBe("image/png");
  const withImages = await call("GET", `${new URL(message.content.html_url).pathname}?images=1`);
  expect(withImages.body).toContain("https://tracker.test/p.gif");
  // The stored HTML itself is never shown.
  const asFile = await call("GET", new URL(message.content.html_url).pathname.replace(/\/html$/, ""));
  expect(asFile.headers.get("content-type")).toBe("text/plain");
  expect(asFile.headers.get("content-disposition")).toMatch(/^attachment/);
});

it("sends to others, with files, and answers to all", async () => {
  const org = await organization();
  const account = await org.connectMail({ provider: "postmark", signature: "Toko Biru" });
  const { messageId } = await mail.write({
    from: "Rina <rina@customer.test>",
    to: `${account.address}, colleague@customer.test`,
    cc: "boss@customer.test",
    subject: "Quote",
    text: "Please",
    headers: { "Reply-To": "office@customer.test" },
  });
  const { id } = await conversationOf(org, account.id, messageId);
  const form = new FormData();
  form.append("file", new Blob(["col\n1"], { type: "text/csv" }), "prices.csv");
  const response = await door("/api/media", {
    method: "POST",
    body: form,
    headers: { authorization: `Bearer ${org.token}` },
  });
  const { media_id } = (await response.json()) as { media_id: string };
  const send = (content: object) => org.call("POST", `/api/conversations/${id}/messages`, { type: "email", content });
  expect(
    await send({ text: "Here", reply_all: true, bcc: ["audit@shop.test"], attachments: [{ media_id }] }),
  ).toMatchObject({
    status: 201,
    body: {
      content: {
        to: ["office@customer.test"],
        cc: ["colleague@customer.test", "boss@customer.test"],
        attachments: [{ file_name: "prices.csv", mime_type: "text/csv", file_size: 5 }],
      },
    },
  });
  const out = await eventually(async () => {
    const found = mail.state.sent.find(({ from }) => from === account.address);
    expect(found).toBeDefined();
    return found!;
  });
  expect(out).toMatchObject({
    to: ["office@customer.test", "colleague@customer.test", "boss@customer.test", "audit@shop.test"],
    text: "Here\n\n-- \nToko Biru",
    attachments: [{ name: "prices.csv", type: "text/csv", bytes: 5 }],
  });
  // Our Message-ID is kept, and an answer that names it alone finds the thread.
  expect(out.messageId).toMatch(/^<[0-9a-f]{24}\.[a-z2-7]{36}@/);
  await mail.write({
    from: "x@elsewhere.test",
    to: account.address,
    subject: "?",
    text: "ok",
    references: [out.messageId],
  });
  expect((await messagesOf(org, id)).map(({ content }) => content.text)).toEqual(["Please", "Here", "ok"]);

  for (const [content, field] of [
    [{}, "content.text"],
    [{ text: "x", to: ["no address"] }, "content.to.0"],
    [{ text: "x", subject: "a\nBcc: b@c.test" }, "content.subject"],
    [{ text: "x", to: Array.from({ length: 51 }, (_, n) => `a${n}@b.test`) }, "content.to"],
    [
      { text: "x", attachments: [{ media_id: "00000000-0000-4000-8000-000000000000" }] },
      "content.attachments.0.media_id",
    ],
    [{ text: "x", surprise: 1 }, "content.surprise"],
  ] as const)
    expect(await send(content)).toMatchObject({
      status: 422,
      body: { code: "message_not_allowed", errors: expect.arrayContaining([expect.objectContaining({ field })]) },
    });
});

it("sends each mail once, whatever its provider does, and says when the key is dead", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const { messageId } = await mail.write({ from: "a@customer.test", to: account.address, subject: "Once", text: "x" });
  const { id } = await conversationOf(org, account.id, messageId);
  const send = (text: string) =>
    org.call("POST", `/api/conversations/${id}/messages`, { type: "email", content: { text } });
  const sent = () => mail.state.sent.filter(({ from }) => from === account.address).map(({ text }) => text);
  mail.fail("server_error", "answer_lost", "rate_limit");
  await send("One");
  await eventually(async () => {
    expect((await messagesOf(org, id)).at(-1)).toMatchObject({ status: "sent" });
  }, 20);
  expect(sent()).toEqual(["One"]);
  mail.fail("bad_key", "bad_key");
  await send("Two");
  await eventually(async () => {
    expect((await messagesOf(org, id)).at(-1)).toMatchObject({
      status: "failed",
      failure: { code: "invalid_api_key" },
    });
    const { body } = await org.call("GET", `/api/integrations/accounts/${account.id}`);
    expect(body).toMatchObject({ health: "needs_reauth" });
  });
  mail.state.faults = [];
  await send("Three");
  await eventually(() => Promise.resolve(expect(sent()).toEqual(["One", "Three"])));
});

it("connects an address only with all that its provider needs, and shows no secret", async () => {
  const org = await organization();
  const config = { address: "Help@Shop.test", provider: "resend", api_key: "re_1", inbound_secret: "0123456789abcdef" };
  const connect = (change: object) =>
    org.call("POST", "/api/integrations/accounts", {
      channel: "email",
      display_name: "Help",
      config: { ...config, ...change },
    });
  for (const [change, field] of [
    [{ address: "no address" }, "config.address"],
    [{ address: "a+b@shop.test" }, "config.address"],
    [{ provider: "sendmail" }, "config.provider"],
    [{ inbound_secret: "short" }, "config.inbound_secret"],
    [{ provider: "smtp", smtp_host: "mx.shop.test", smtp_user: "u" }, "config.smtp_password"],
    [{ provider: "smtp", smtp_host: "192.168.1.1", smtp_user: "u", smtp_password: "p" }, "config.smtp_host"],
    [
      { provider: "smtp", smtp_host: "mx.shop.test", smtp_user: "u", smtp_password: "p", smtp_port: "25" },
      "config.smtp_port",
    ],
    [{ display_name: "a\r\nBcc: b@c.test" }, "config.display_name"],
    [{ surprise: "x" }, "config"],
  ] as const)
    expect(await connect(change)).toMatchObject({
      status: 422,
      body: { code: "integration_config_invalid", errors: [expect.objectContaining({ field })] },
    });
  // This deployment has no binding.
  expect(await connect({ provider: "cloudflare" })).toMatchObject({
    status: 422,
    body: { code: "channel_refused", detail: expect.stringContaining("send_email") },
  });
  const made = await connect({});
  expect(made).toMatchObject({ status: 201, body: { account_key: "help@shop.test" } });
  expect(made.body.webhook_url).toBe("http://app.test/webhook/email?account=help%40shop.test");
  expect(JSON.stringify(made.body)).not.toMatch(/re_1|0123456789abcdef/);
});
