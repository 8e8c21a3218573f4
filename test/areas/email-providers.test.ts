import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { env, waitOnExecutionContext, createExecutionContext } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import worker from "../../src/index";
import { svixHeaders } from "../../simulators/mail/events.ts";
import { conversationIdOf } from "../../src/domain/ids";
import { door, eventuallyListed, mail, type Org, organization } from "../harness";

vi.setConfig({ testTimeout: 30_000 });

async function post(path: string, body: BodyInit, headers: Record<string, string> = {}) {
  const response = await door(path, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as any };
}

/** The only message of the organization's only conversation. */
const onlyMessage = (org: Org): Promise<any> =>
  eventuallyListed(org, async () => {
    const { data } = (await org.call("GET", "/api/conversations")).body;
    expect(data).toHaveLength(1);
    const { messages } = (await org.call("GET", `/api/conversations/${data[0].id}/messages`)).body;
    expect(messages).toHaveLength(1);
    return messages[0];
  });

const formOf = (fields: Record<string, string | File>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
};
const pdf = (name = "bill.pdf") => new File(["%PDF-1.4"], name, { type: "application/pdf" });
const rawMail = (to: string, id = "raw@customer.test") =>
  `From: "Rina R." <rina@customer.test>\r\nTo: ${to}\r\nSubject: =?utf-8?Q?Caf=C3=A9?=\r\nMessage-ID: <${id}>\r\n\r\nHello raw`;

it("takes Postmark's JSON by the secret", async () => {
  const org = await organization();
  const { address, inboundSecret } = await org.connectMail();
  const payload = {
    FromFull: { Email: "rina@customer.test", Name: "Rina", MailboxHash: "" },
    ToFull: [{ Email: address, Name: "", MailboxHash: "" }],
    OriginalRecipient: address,
    Subject: "Hello",
    MessageID: "22c74902-a0c1-4511-804f-341342852c90",
    Date: new Date().toUTCString(),
    TextBody: "Body\n\nOn Mon, Jan 1, 2024 at 1:00 PM Shop <s@shop.test> wrote:\n> before",
    HtmlBody: "<p>Body</p>",
    Headers: [{ Name: "Message-ID", Value: "<pm@customer.test>" }],
    Attachments: [
      { Name: "bill.pdf", ContentType: "application/pdf", Content: Buffer.from("%PDF-1.4").toString("base64") },
    ],
  };
  const headers = { "content-type": "application/json" };
  expect((await post(`/webhook/email?account=${address}`, JSON.stringify(payload), headers)).status).toBe(401);
  const path = `/webhook/email?account=${address}&secret=${inboundSecret}`;
  for (let n = 0; n < 2; n++) expect((await post(path, JSON.stringify(payload), headers)).status).toBe(200);
  expect(await onlyMessage(org)).toMatchObject({
    external_id: "pm@customer.test",
    sender_phone: "rina@customer.test",
    content: {
      subject: "Hello",
      text: "Body",
      quoted: expect.stringMatching(/^On Mon.*before$/s),
      attachments: [{ file_name: "bill.pdf", mime_type: "application/pdf", file_size: 8 }],
    },
  });
});

it("takes Mailgun's forms by its signature", async () => {
  for (const shape of ["parsed", "mime"]) {
    const org = await organization();
    const { address } = await org.connectMail({ provider_signing_key: "key-mailgun" });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const stamp = (key: string) => ({
      timestamp,
      token: "abc",
      signature: createHmac("sha256", key).update(`${timestamp}abc`).digest("hex"),
    });
    const fields: Record<string, string | File> =
      shape === "mime"
        ? { recipient: address, sender: "rina@customer.test", "body-mime": rawMail(address) }
        : {
            recipient: address,
            sender: "rina@customer.test",
            "body-plain": "Hello raw",
            "message-headers": JSON.stringify([
              ["From", "Rina R. <rina@customer.test>"],
              ["Subject", "Café"],
              ["Message-Id", "<raw@customer.test>"],
            ]),
            "attachment-1": pdf(),
          };
    for (const key of ["wrong", "key-mailgun"]) {
      const answer = await post("/webhook/email", formOf({ ...stamp(key), ...fields }));
      expect(answer.status).toBe(key === "wrong" ? 401 : 200);
    }
    expect(await onlyMessage(org)).toMatchObject({
      external_id: "raw@customer.test",
      content: { subject: "Café", text: "Hello raw", from: { address: "rina@customer.test", name: "Rina R." } },
    });
  }
});

it("takes SendGrid's forms by its signature", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  for (const shape of ["parsed", "raw"]) {
    const org = await organization();
    const { address } = await org.connectMail({ provider_signing_key: key });
    const envelope = JSON.stringify({ to: [address], from: "rina@customer.test" });
    const form = formOf(
      shape === "raw"
        ? { envelope, email: rawMail(address) }
        : {
            envelope,
            headers: `From: "Rina R." <rina@customer.test>\nSubject: Café\nMessage-ID: <raw@customer.test>\n`,
            from: "Rina R. <rina@customer.test>",
            text: "Hello raw",
            charsets: JSON.stringify({ text: "utf-8" }),
            attachments: "1",
            attachment1: pdf(),
          },
    );
    const encoded = new Response(form);
    const type = encoded.headers.get("content-type")!;
    const body = Buffer.from(await encoded.arrayBuffer());
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = sign("sha256", Buffer.concat([Buffer.from(timestamp), body]), privateKey).toString("base64");
    const headers = {
      "content-type": type,
      "x-twilio-email-event-webhook-signature": signature,
      "x-twilio-email-event-webhook-timestamp": timestamp,
    };
    const changed = Buffer.from(body.toString("latin1").replace("Hello raw", "Hello cow"), "latin1");
    expect((await post("/webhook/email", changed, headers)).status).toBe(401);
    expect((await post("/webhook/email", body, headers)).status).toBe(200);
    expect(await onlyMessage(org)).toMatchObject({
      external_id: "raw@customer.test",
      content: { subject: "Café", text: "Hello raw" },
    });
  }
});

it("asks little about thousands of mails that another system has sent", async () => {
  const org = await organization();
  const { address, inboundSecret } = await org.connectMail();
  const events = Array.from({ length: 3000 }, (_, n) => ({
    event: "delivered",
    "smtp-id": `<${n}@elsewhere.test>`,
    timestamp: 1,
    email: "rina@customer.test",
  }));
  const response = await door(`/webhook/email/${address}/${inboundSecret}`, {
    method: "POST",
    body: JSON.stringify(events),
    headers: { "content-type": "application/json" },
  });
  expect(await response.json()).toEqual({ received: 3000 });
  const [, queries] = /d1_queries;desc="(\d+)"/.exec(response.headers.get("server-timing")!) ?? [];
  expect(Number(queries)).toBeLessThan(20);
});

it("fetches what Resend announces, signed as Standard Webhooks", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const { status } = await mail.announce({
    from: "rina@customer.test",
    to: account.address,
    subject: "Hi",
    text: "From Resend",
  });
  expect(status).toBe(200);
  expect(await onlyMessage(org)).toMatchObject({ content: { subject: "Hi", text: "From Resend" } });
  const body = JSON.stringify({ type: "email.received", data: { email_id: "unknown", to: [account.address] } });
  const signed = await svixHeaders(body, account.webhookSecret!, Date.now());
  const headers = { "content-type": "application/json" };
  // Not there (yet): the provider is to come again.
  expect(await post("/webhook/email", body, { ...headers, ...signed })).toMatchObject({
    status: 502,
    body: { code: "webhook_mail_unavailable" },
  });
  const broken = await svixHeaders("{", account.webhookSecret!, Date.now());
  const path = `/webhook/email?account=${account.address}`;
  expect((await post(path, "{", { ...headers, ...broken })).status).toBe(400);
  expect((await post(path, "{", { ...headers, ...signed })).status).toBe(401);
  for (const wrong of [
    await svixHeaders(body, "whsec_d3Jvbmc=", Date.now()),
    await svixHeaders(body, account.webhookSecret!, Date.now() - 600_000),
    { ...signed, "svix-id": "other" },
  ])
    expect((await post("/webhook/email", body, { ...headers, ...wrong })).status).toBe(401);
});

it("takes mails from Cloudflare, and rejects what is for nobody", async () => {
  const org = await organization();
  const { address, id } = await org.connectMail();
  const deliver = async (to: string, text: string) => {
    const rejected: string[] = [];
    const message = {
      from: "rina@customer.test",
      to,
      rawSize: text.length,
      raw: new Response(text).body!,
      headers: new Headers(),
      setReject: (reason: string) => void rejected.push(reason),
    } as unknown as ForwardableEmailMessage;
    const ctx = createExecutionContext();
    await worker.email(message, env, ctx);
    await waitOnExecutionContext(ctx);
    return rejected;
  };
  expect(await deliver(address.toUpperCase(), rawMail(address, "cf@customer.test"))).toEqual([]);
  expect(await deliver("nobody@nowhere.test", rawMail(address))).toEqual([
    expect.stringContaining("nobody@nowhere.test"),
  ]);
  const { body } = await org.call(
    "GET",
    `/api/conversations/${conversationIdOf(org.id, id, "cf@customer.test")}/messages`,
  );
  expect(body.messages).toMatchObject([{ content: { subject: "Café", text: "Hello raw" } }]);
});
