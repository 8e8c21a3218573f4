import { afterAll, beforeAll, expect, it } from "vitest";
import { call, callOk } from "../../scripts/api-client.ts";
import { createMailSimulator, type MailSimulator } from "../../simulators/mail/app.ts";
import { serveSimulator } from "../../simulators/graph/serve.ts";
import { localCertificate } from "../../simulators/mail/certificate.ts";
import { serveSmtp, type SmtpServer } from "../../simulators/mail/smtp-server.ts";
import type { SmtpFault } from "../../simulators/mail/state.ts";
import { createEnvironment, type Environment } from "../../trials/support/environment.ts";

/** Mails by submission to a mail server, over real connections with real certificates, and by Cloudflare's binding. */

let environment: Environment;
let mail: MailSimulator;
let smtp: SmtpServer;
let api: Awaited<ReturnType<typeof serveSimulator>>;

beforeAll(async () => {
  mail = createMailSimulator({
    webhookUrl: "http://127.0.0.1/webhook/email",
    post: async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method, headers } = request;
      return fetch(`${environment.url}${pathname}${search}`, { method, headers, body: await request.text() });
    },
  });
  // Before the platform, which has to trust its certificate.
  smtp = await serveSmtp(mail, localCertificate());
  api = await serveSimulator(() => mail, { port: 0 });
  environment = await createEnvironment({
    emailUrl: `${api.url}/cloudflare/send`,
    vars: { SMTP_SIMULATOR: smtp.address, SEND_RECONCILE_SECONDS: "2" },
  });
});
afterAll(async () => {
  await environment?.close();
  await smtp?.close();
  await api?.close();
});

let accounts = 0;

interface Shop {
  address: string;
  accountId: string;
  /** The path of a conversation that a customer has begun. */
  path: string;
  send(content: object): Promise<string>;
  message(id: string): Promise<any>;
  /** The mails that the server has accepted. */
  sent(): typeof mail.state.sent;
}

const configOf = (address: string) => ({
  address,
  display_name: "Toko Biru, Café",
  provider: "smtp",
  inbound_secret: "0123456789abcdef",
  smtp_host: "smtp.shop.test",
  smtp_user: "shop",
  smtp_password: "pass word",
});
const connect = (config: object) =>
  call(`${environment.url}/api/integrations/accounts`, {
    token: environment.token,
    body: { channel: "email", display_name: "Shop", config },
  });

async function shop(config: object = {}, faults: SmtpFault[] = []): Promise<Shop> {
  const address = `support@shop${++accounts}.test`;
  mail.state.smtpFaults = faults;
  const made = await connect({ ...configOf(address), ...config });
  expect(made).toMatchObject({ status: 201 });
  mail.register({ address, inboundSecret: "0123456789abcdef" });
  const from = `Rina <rina@customer${accounts}.test>`;
  expect(await mail.write({ from, to: address, subject: "My order", text: "Where?" })).toMatchObject({ status: 200 });
  const path = await eventually(async () => {
    const { body } = await callOk(`${environment.url}/api/conversations?channel=email&limit=1`, {
      token: environment.token,
    });
    const [{ id, contact_phone: phone }] = (body as any).data;
    expect(phone).toBe(`rina@customer${accounts}.test`);
    return `${environment.url}/api/conversations/${id}`;
  });
  return {
    address,
    accountId: (made.body as any).id,
    path,
    send: async (content) => {
      const { body } = await callOk(`${path}/messages`, { token: environment.token, body: { type: "email", content } });
      return (body as any)._id;
    },
    message: async (id) => {
      const { body } = await callOk(`${path}/messages?limit=100`, { token: environment.token });
      return (body as any).messages.find(({ _id }: any) => _id === id);
    },
    sent: () => mail.state.sent.filter(({ from: sender }) => sender === address),
  };
}

async function uploaded(file: Buffer<ArrayBuffer>, name: string): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([file], { type: "application/zip" }), name);
  const upload = await fetch(`${environment.url}/api/media`, {
    method: "POST",
    headers: { authorization: `Bearer ${environment.token}` },
    body: form,
  });
  return ((await upload.json()) as { media_id: string }).media_id;
}

async function eventually<T>(look: () => Promise<T>, seconds = 20): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const reaches = (one: Shop, id: string, status: string): Promise<any> =>
  eventually(async () => {
    const found = await one.message(id);
    expect(found).toMatchObject({ status });
    return found;
  });

it.each([
  ["STARTTLS", "587", [] as SmtpFault[]],
  ["encryption from the first byte", "465", [] as SmtpFault[]],
  ["AUTH LOGIN", "2525", ["login_only", "login_only"] as SmtpFault[]],
])("sends a mail with all that it has: %s", async (_name, port, faults) => {
  const one = await shop({ smtp_port: port, signature: "Toko Biru" }, faults);
  const file = Buffer.alloc(300_000, "file\r\n.\r\n");
  const media_id = await uploaded(file, "Präis list.zip");
  const long = "word ".repeat(200);
  const text = `.\n..two\n.hidden\nÜber ${long} \n=3D\n${"x".repeat(3000)}`;
  const subject = `Rechnung für Größe ${"sehr ".repeat(20)}groß`;
  const html = `<p>Größe ${long}</p>\n.\n`;
  const id = await one.send({
    text,
    html,
    subject,
    cc: ["boss@customer.test"],
    bcc: ["audit@shop.test"],
    attachments: [{ media_id }],
    unsubscribe_url: "https://shop.test/u/1?x=ü",
  });
  const message = await reaches(one, id, "sent");
  const [out] = one.sent();
  expect(out).toMatchObject({
    to: [expect.stringMatching(/^rina@/), "boss@customer.test", "audit@shop.test"],
    subject: subject,
    text: `${text}\n\n-- \nToko Biru`,
    attachments: [{ name: "Präis list.zip", bytes: file.length }],
    replyTo: expect.stringMatching(/^support\+[a-z2-7]{36}@/),
  });
  expect(out!.html.replaceAll("\r\n", "\n")).toContain(html.trim());
  expect(out!.headers).toMatchObject({
    "List-Unsubscribe": "<https://shop.test/u/1?x=%C3%BC>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "In-Reply-To": expect.stringMatching(/^<.+@customer/),
  });
  const raw = out!.body.raw as string;
  expect(raw).not.toContain("audit@shop.test");
  expect(Math.max(...raw.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
  expect(raw).not.toMatch(/[^\r]\n|\r(?!\n)|\P{ASCII}/u);
  expect(out!.messageId).toBe(`<${message.external_id}>`);
  // An answer that names the mail joins the thread.
  await mail.write({ from: "x@y.test", to: one.address, subject: "?", text: "Thanks", inReplyTo: out!.messageId });
  await eventually(async () => {
    const { body } = await callOk(`${one.path}/messages`, { token: environment.token });
    expect((body as any).messages.at(-1).content.text).toBe("Thanks");
  });
});

it.each([
  ["busy", 1],
  ["late", 1],
  ["greylist", 2],
  ["defer_content", 1],
  ["cut_in_content", 1],
] as [SmtpFault, number][])("tries again until the server takes it, and then no more: %s", async (fault, times) => {
  const one = await shop();
  // A mail that is cut must not have been handed over as a whole: more than the buffers on the way hold.
  const size = fault === "cut_in_content" ? 6 * 1024 * 1024 : 1000;
  const media_id = await uploaded(Buffer.alloc(size, "large"), "large.zip");
  mail.state.smtpFaults = Array.from({ length: times }, () => fault);
  const id = await one.send({ text: "Here", attachments: [{ media_id }] });
  await reaches(one, id, "sent");
  expect(one.sent()).toHaveLength(1);
});

it("does not send again what was handed over and not answered", async () => {
  const one = await shop();
  mail.state.smtpFaults = ["cut_after_content"];
  const id = await one.send({ text: "Once" });
  const { failure } = await reaches(one, id, "failed");
  expect(failure).toMatchObject({ code: "outcome_unknown", title: expect.stringContaining("may have arrived") });
  const next = await one.send({ text: "Next" });
  await reaches(one, next, "sent");
  expect(one.sent().map(({ text }) => text)).toEqual(["Once", "Next"]);
  // The same mail, should its reader answer it.
  expect(one.sent()[0]!.messageId).toContain(id);
});

it("says what the server says, and stops the account only when it is the account's fault", async () => {
  const one = await shop();
  const account = async () =>
    (await callOk(`${environment.url}/api/integrations/accounts/${one.accountId}`, { token: environment.token }))
      .body as any;
  for (const [fault, content, code, words] of [
    ["refuse_content", { text: "a" }, "5.7.1", "refused as spam"],
    [undefined, { text: "b", to: ["unknown@customer.test"] }, "5.1.1", "unknown@customer.test: 550"],
  ] as const) {
    mail.state.smtpFaults = fault === undefined ? [] : [fault];
    const { failure } = await reaches(one, await one.send(content), "failed");
    expect(failure).toMatchObject({ code, title: expect.stringContaining(words) });
    expect(await account()).toMatchObject({ health: "connected" });
  }
  for (const [fault, health] of [
    ["refuse_sender", "disconnected"],
    ["refuse_login", "needs_reauth"],
  ] as const) {
    mail.state.smtpFaults = [fault];
    await reaches(one, await one.send({ text: "c" }), "failed");
    await eventually(async () => expect(await account()).toMatchObject({ health }));
    expect(JSON.stringify(await account())).not.toContain("pass word");
    await reaches(one, await one.send({ text: "d" }), "sent");
    await eventually(async () => expect(await account()).toMatchObject({ health: "connected" }));
  }
  expect(one.sent().map(({ text }) => text)).toEqual(["d", "d"]);
});

it("marks what bounces as failed, by the server's report", async () => {
  const one = await shop();
  const id = await one.send({ text: "Hello?", to: ["bounce@customer.test"] });
  expect((await reaches(one, id, "failed")).failure).toMatchObject({
    code: "5.1.1",
    title: expect.stringContaining("bounce@customer.test"),
  });
});

it("connects only to a server on the public internet that takes the password", async () => {
  const config = configOf("help@shop.test");
  for (const [change, field] of [
    [{ smtp_host: "127.0.0.1" }, "config.smtp_host"],
    [{ smtp_host: "0x7f.1" }, "config.smtp_host"],
    [{ smtp_host: "localhost" }, "config.smtp_host"],
    [{ smtp_host: "10.1.2.3" }, "config.smtp_host"],
    [{ smtp_host: "169.254.169.254" }, "config.smtp_host"],
    [{ smtp_host: "mail.internal" }, "config.smtp_host"],
    [{ smtp_host: "smtp.shop.test:25" }, "config.smtp_host"],
    [{ smtp_host: "smtp.shop.test/x" }, "config.smtp_host"],
    [{ smtp_port: "25" }, "config.smtp_port"],
    [{ smtp_password: "a\r\nRSET" }, "config.smtp_password"],
  ] as const)
    expect(await connect({ ...config, ...change })).toMatchObject({
      status: 422,
      body: {
        code: "integration_config_invalid",
        errors: expect.arrayContaining([expect.objectContaining({ field })]),
      },
    });
  const refused = await connect({ ...config, smtp_password: "wrong-password" });
  expect(refused).toMatchObject({ status: 422, body: { code: "channel_refused" } });
  expect(JSON.stringify(refused.body)).toMatch(/Login refused/);
  expect(JSON.stringify(refused.body)).not.toContain("wrong-password");
  mail.state.smtpFaults = ["busy"];
  expect(await connect(config)).toMatchObject({
    status: 503,
    body: { code: "channel_unavailable", detail: expect.stringContaining("421") },
  });
});

it("sends what a crash interrupted at most once", async () => {
  const one = await shop();
  mail.state.smtpFaults = ["late"];
  const id = await one.send({ text: "Interrupted" });
  await environment.kill();
  await environment.start();
  await eventually(async () => expect(["sent", "failed"]).toContain((await one.message(id)).status));
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(one.sent().length).toBeLessThanOrEqual(1);
});

it("sends by Cloudflare's binding, and finds the thread by the Message-ID that Cloudflare sets", async () => {
  const one = await shop({
    provider: "cloudflare",
    smtp_host: undefined,
    smtp_user: undefined,
    smtp_password: undefined,
  });
  const media_id = await uploaded(Buffer.from("file"), "a.zip");
  const id = await one.send({ text: "Hello", attachments: [{ media_id }], unsubscribe_url: "https://shop.test/u" });
  expect(await reaches(one, id, "sent")).toMatchObject({ external_id: one.sent()[0]!.messageId.slice(1, -1) });
  expect(one.sent()).toMatchObject([{ text: "Hello", attachments: [{ name: "a.zip", bytes: 4 }] }]);
  const inReplyTo = one.sent()[0]!.messageId;
  await mail.write({ from: "x@y.test", to: one.address, subject: "?", text: "Thanks", inReplyTo });
  await eventually(async () => {
    const { body } = await callOk(`${one.path}/messages`, { token: environment.token });
    expect((body as any).messages.at(-1).content.text).toBe("Thanks");
  });
  const refused = await one.send({ text: "x", to: ["suppressed@customer.test"] });
  expect((await reaches(one, refused, "failed")).failure).toMatchObject({ code: "E_RECIPIENT_SUPPRESSED" });
});
