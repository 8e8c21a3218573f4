import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChannelServices, OutboundMessage } from "../../src/channels/channel";
import { configOf } from "../../src/config";
import { env } from "cloudflare:workers";
import { adapterOf } from "../../src/channels/registry";
import { headerAddress } from "../../src/channels/email/address";
import { parseMime } from "../../src/channels/email/mime";
import type { OutgoingMail } from "../../src/channels/email/senders/sender";
import { smtpSender } from "../../src/channels/email/senders/smtp";
import { type SmtpConnection, SmtpLostError, type SmtpReply } from "../../src/channels/email/senders/smtp-socket";
import { sizeOf, writeMail } from "../../src/channels/email/write-mail";
import { hostile } from "../walks/hostile-words";

/** Mails as they leave: what is written, and what follows from each answer of a mail server. */

const bodyOf = (text: string): ReadableStream => new Response(text).body!;
const file = (text: string, fileName: string, more: object = {}) => ({
  body: bodyOf(text),
  sizeBytes: Buffer.byteLength(text),
  mimeType: "application/pdf",
  fileName,
  ...more,
});
const mailWith = (more: Partial<OutgoingMail>): OutgoingMail => ({
  from: { address: "support@shop.test", name: "Shop" },
  to: ["rina@customer.test"],
  cc: [],
  bcc: ["hidden@shop.test"],
  subject: "Hello",
  text: "Text",
  references: ["one@a.test", "two@a.test"],
  replyTo: "support+token@shop.test",
  messageId: "1.token@shop.test",
  reference: "c.1",
  files: [],
  ...more,
});

async function written(mail: OutgoingMail): Promise<string> {
  let whole = "";
  for await (const part of writeMail(mail, Date.UTC(2026, 10, 29))) {
    expect(part.endsWith("\r\n")).toBe(true);
    whole += part;
  }
  return whole;
}

it("writes what mail programs read, whatever the texts and names are", async () => {
  const words = fc.sample(hostile, { numRuns: 150, seed: 1 });
  const texts = [
    ...words,
    "é".repeat(400),
    "日本語".repeat(200),
    "x".repeat(5000),
    "a \nb\t\n\n.\n..",
    "=?utf-8?Q?x?=",
  ];
  for (const text of texts) {
    const mail = mailWith({
      subject: text,
      text,
      html: `<p>${text}</p>`,
      from: { address: "support@shop.test", name: text },
      files: [file("content", `${text}.pdf`), file("png", "p.png", { contentId: "photo@1", mimeType: "image/png" })],
    });
    const raw = await written(mail);
    expect(raw).not.toMatch(/[^\r]\n|\r(?!\n)|\P{ASCII}/u);
    expect(Math.max(...raw.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
    expect(raw.length).toBeLessThanOrEqual(sizeOf(mail));
    expect(raw).not.toContain("hidden@shop.test");
    const read = await parseMime(Buffer.from(raw));
    const names = read.headers.map(([name]) => name);
    expect(new Set(names)).toEqual(
      new Set([
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "reply-to",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
      ]),
    );
    const lines = text.toWellFormed().replaceAll(/\r\n|\r/g, "\n");
    expect(read.text?.replaceAll("\r\n", "\n").trimEnd()).toBe(lines.trimEnd());
    expect(read.html?.replaceAll("\r\n", "\n").trimEnd()).toBe(`<p>${lines}</p>`);
    expect(
      read.attachments.map(({ content }) => Buffer.from(content).toString()).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["content", "png"]);
    expect(read.attachments.find(({ contentId }) => contentId !== undefined)).toMatchObject({ isInline: true });
  }
});

it("puts nothing of a name into a header of its own", () => {
  for (const name of ['a"\r\nBcc: x@y.test', "Ü\r\n\r\nbody", "<evil@x.test>", "=?utf-8?Q?a?="]) {
    const shown = headerAddress({ address: "a@b.test", name });
    expect(shown).not.toMatch(/[\r\n]/);
    expect(shown).toMatch(/ <a@b\.test>$/);
  }
});

const reply = (text: string): SmtpReply => ({ code: Number(text.slice(0, 3)), lines: [text.slice(4)] });
const OFFERS: SmtpReply = { code: 250, lines: ["mail", "STARTTLS", "AUTH PLAIN", "SIZE 1000000"] };
const NORMAL: Record<string, SmtpReply> = {
  greeting: reply("220 hi"),
  EHLO: OFFERS,
  STARTTLS: reply("220 go"),
  AUTH: reply("235 ok"),
  MAIL: reply("250 ok"),
  RCPT: reply("250 ok"),
  DATA: reply("354 go"),
  end: reply("250 ok"),
};

/** A server that answers so; `null`: it closes the connection. */
function serverWith(answers: Record<string, SmtpReply | null>) {
  const seen: string[] = [];
  let last = "greeting";
  let isEncrypted = false;
  const open = (): SmtpConnection => ({
    async reply() {
      const answer = { ...NORMAL, ...answers }[last];
      if (!answer) throw new SmtpLostError("closed");
      return answer;
    },
    async write(text) {
      seen.push(`${isEncrypted ? "" : "plain "}${text}`);
      if (last !== "DATA") last = text.split(/[ \r]/)[0]!;
      else if (text === ".\r\n") last = "end";
    },
    upgrade: () => void (isEncrypted = true),
    close: () => undefined,
  });
  return { seen, open };
}
const senderOf = (open: () => SmtpConnection) =>
  smtpSender({
    host: "mail.test",
    port: 587,
    isImplicit: false,
    user: "shop",
    password: "pass word",
    address: "support@shop.test",
    timeoutMs: 1000,
    open,
  });

it("says nothing of value before encryption, and keeps a line that is a dot", async () => {
  const { seen, open } = serverWith({});
  const receipt = await senderOf(open).send(mailWith({ text: ".\n.x\n" }));
  expect(receipt).toEqual({ externalId: "1.token@shop.test" });
  expect(seen.filter((text) => text.startsWith("plain "))).toEqual(["plain EHLO shop.test\r\n", "plain STARTTLS\r\n"]);
  expect(seen.join("")).toContain("\r\n..\r\n..x\r\n");
  expect(seen.filter((text) => text.startsWith("RCPT"))).toHaveLength(2);
});

it.each([
  ["greeting", "421 4.3.2 busy", "deferred"],
  ["greeting", "554 5.3.2 not you", "account_blocked"],
  ["EHLO", "550 no", "invalid"],
  ["AUTH", "535 5.7.8 wrong", "reauth"],
  ["AUTH", "534 5.7.9 app password", "reauth"],
  ["AUTH", "454 4.7.0 later", "deferred"],
  ["MAIL", "530 5.7.0 log in", "reauth"],
  ["MAIL", "550 5.7.60 not as this sender", "account_blocked"],
  ["MAIL", "552 5.3.4 too large", "invalid"],
  ["MAIL", "452 4.3.1 no space", "deferred"],
  ["RCPT", "450 4.2.0 greylisted", "deferred"],
  ["RCPT", "550 5.1.1 unknown", "undeliverable"],
  ["RCPT", "550 5.7.1 no relay", "undeliverable"],
  ["DATA", "451 4.0.0 later", "deferred"],
  ["DATA", "554 5.5.1 no", "invalid"],
  ["end", "451 4.3.0 later", "deferred"],
  ["end", "552 5.2.2 full", "invalid"],
  ["end", "554 5.7.1 spam", "invalid"],
  ["greeting", null, "transient"],
  ["AUTH", null, "transient"],
  ["RCPT", null, "transient"],
  ["DATA", null, "transient"],
  ["end", null, "ambiguous"],
] as const)("gives an answer to %s its class: %s", async (stage, answer, failureClass) => {
  const { open } = serverWith({ [stage]: answer === null ? null : reply(answer) });
  const { code, words } = /^(?<code>\S+) (?<words>.*)$/.exec(answer?.replace(/^\d+ (?=\d)/, "") ?? "x x")!.groups!;
  await expect(senderOf(open).send(mailWith({ bcc: [] }))).rejects.toMatchObject({
    failureClass,
    failure: answer === null ? {} : { code, title: expect.stringContaining(words!) },
  });
});

it("repeats no secret that a server repeats, and gives up without encryption or a password", async () => {
  const echo = `535 ${Buffer.from("\0shop\0pass word").toString("base64")} pass word`;
  const refused = await senderOf(serverWith({ AUTH: reply(echo) }).open)
    .verify()
    .catch((error: unknown) => error as Error);
  expect(String(refused)).toContain("535");
  expect(String(refused)).not.toMatch(/pass word|AHNob3A/);
  for (const [offer, code] of [
    ["AUTH PLAIN", "smtp_no_encryption"],
    ["STARTTLS", "smtp_no_login"],
  ] as const) {
    const { open, seen } = serverWith({ EHLO: { code: 250, lines: ["mail", offer] } });
    await expect(senderOf(open).verify()).rejects.toMatchObject({ failureClass: "invalid", failure: { code } });
    expect(seen.join("")).not.toContain("AUTH ");
  }
});

it("names the recipient that does not exist, and knows limits before it begins", async () => {
  const unknown = senderOf(serverWith({ RCPT: reply("550 5.1.1 unknown") }).open).send(mailWith({}));
  await expect(unknown).rejects.toMatchObject({
    failure: { suppresses: { address: "rina@customer.test", reason: "bounce" } },
  });
  for (const [change, failureClass, code] of [
    [{ text: "x".repeat(400_000) }, "invalid", "too_large"],
    [{ to: ["ü@customer.test"] }, "undeliverable", "smtp_no_utf8"],
  ] as const) {
    const { open, seen } = serverWith({});
    await expect(senderOf(open).send(mailWith(change))).rejects.toMatchObject({ failureClass, failure: { code } });
    expect(seen.join("")).not.toContain("MAIL FROM");
  }
  const { open, seen } = serverWith({});
  await senderOf(open).send(mailWith({ to: ["a@bücher.test"] }));
  expect(seen.join("")).toContain("RCPT TO:<a@xn--bcher-kva.test>");
  expect(seen.join("")).toContain("To: a@xn--bcher-kva.test");
});

/** Cloudflare's binding: it takes these fields, and throws errors with codes. */
function cloudflare(answer: () => Promise<{ messageId: string }>) {
  const sent: any[] = [];
  const binding = { send: (mail: unknown) => (sent.push(mail), answer()) } as unknown as SendEmail;
  const account = adapterOf("email")!.open(
    { address: "support@shop.test", provider: "cloudflare", inbound_secret: "0123456789abcdef" },
    { config: configOf(env), bucket: env.MEDIA, email: binding } satisfies ChannelServices,
  );
  return { sent, account };
}
const message: OutboundMessage = {
  id: "conversation.message",
  type: "email",
  content: { html: "<p>Hello <b>you</b></p>", subject: "Hi", to: ["rina@customer.test"] },
  files: [file("pdf", "a.pdf")],
  thread: { token: "token", answer: { subject: "Hi", to: [], others: [], references: ["one@a.test"] } },
  sentBy: "agent",
  lastInboundAt: null,
};

it("sends by Cloudflare's binding, with a plain part made of the HTML", async () => {
  const { sent, account } = cloudflare(async () => ({ messageId: "<id@cloudflare.test>" }));
  await account.connect!();
  expect(await account.send({}, message)).toEqual({
    externalId: "id@cloudflare.test",
    aliases: ["id@cloudflare.test"],
  });
  expect(sent).toMatchObject([
    {
      from: "support@shop.test",
      to: ["rina@customer.test"],
      replyTo: "support+token@shop.test",
      subject: "Hi",
      text: "Hello you",
      html: "<p>Hello <b>you</b></p>",
      headers: { "In-Reply-To": "<one@a.test>", References: "<one@a.test>" },
      attachments: [{ disposition: "attachment", filename: "a.pdf", type: "application/pdf" }],
    },
  ]);
  expect(Object.keys(sent[0].headers)).not.toContain("Message-ID");
});

it.each([
  ["E_RATE_LIMIT_EXCEEDED", "throttled"],
  ["E_RECIPIENT_SUPPRESSED", "suppressed"],
  ["E_SENDER_NOT_VERIFIED", "account_blocked"],
  ["E_CONTENT_TOO_LARGE", "invalid"],
  ["E_INTERNAL_SERVER_ERROR", "ambiguous"],
  [undefined, "ambiguous"],
])("knows what Cloudflare's %s means", async (code, failureClass) => {
  const { account } = cloudflare(() => Promise.reject(Object.assign(new Error("words"), { code })));
  await expect(account.send({}, { ...message, files: [] })).rejects.toMatchObject({ failureClass });
  // A mail that may have gone out is not sent again.
  await expect(account.findSent!({}, message, 0, () => false)).rejects.toMatchObject({ failureClass: "invalid" });
});
