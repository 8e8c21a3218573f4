import { describe, expect, inject, it, vi } from "vitest";
import { addressesOf, readDelivery, toDelivery } from "../../src/channels/email/read";
import { splitQuoted } from "../../src/channels/email/quoted";
import type { KeepPart, Mail } from "../../src/channels/email/mail";
import { parse } from "../../src/channels/email/inbound";

/** Mails that others wrote (test/channels/corpus.test.ts): the result is compared with a plain look at the text. */

vi.setConfig({ testTimeout: 60_000 });

const corpus = Object.entries((inject("corpus") ?? {})["email"] ?? {});
const files = (pattern: RegExp): [string, string][] => corpus.filter(([name]) => pattern.test(name));
const bytes = (latin1: string): Uint8Array => Buffer.from(latin1, "latin1");

const keep: KeepPart = (digest, { role, name, content, mimeType }) =>
  Promise.resolve({ role, r2Key: `${digest}/${name}`, mimeType, sizeBytes: content.byteLength });

async function read(
  body: Uint8Array,
  contentType: string,
): Promise<{ mail: Mail | undefined; addresses: string[]; kinds: string[] }> {
  const delivery = {
    body,
    headers: new Headers({ "content-type": contentType }),
    url: "https://app.test/webhook/email",
  };
  const found = await readDelivery(delivery);
  const made = await toDelivery(found, ["support@shop.test"], keep);
  return { mail: made.mails[0], addresses: addressesOf(found), kinds: parse(made).map(({ kind }) => kind) };
}

/** The first header of a name, unfolded. */
const headerIn = (raw: string, name: string): string | undefined => {
  const [block = ""] = raw.split(/\r?\n\r?\n/, 1);
  return new RegExp(`^${name}:[ \\t]*((?:.|\\r?\\n[ \\t])*)`, "im")
    .exec(block)?.[1]
    ?.replaceAll(/\r?\n[ \t]/g, " ")
    .trim();
};

describe.skipIf(corpus.length === 0)("mails of others", () => {
  it("yield their sender, subject, ids and words", async () => {
    const slow: [string, number][] = [];
    for (const [name, raw] of files(/\.eml$/)) {
      const began = performance.now();
      const { mail, kinds } = await read(bytes(raw), "message/rfc822");
      slow.push([name, performance.now() - began]);
      expect(mail, name).toBeDefined();
      expect(kinds[0], name).toBe("message");
      const from = /[^\s<>"',:;@()]+@[\w.-]+/.exec(headerIn(raw, "from") ?? "")?.[0].toLowerCase();
      if (from !== undefined && !/=\?/.test(headerIn(raw, "from")!)) expect.soft(mail!.from?.address, name).toBe(from);
      const subject = headerIn(raw, "subject");
      if (subject !== undefined && /^[\x21-\x7e ]+$/.test(subject) && !subject.includes("=?"))
        expect.soft(mail!.subject, name).toBe(subject);
      const id = /<([^<>\s]+)>/.exec(headerIn(raw, "message-id") ?? "")?.[1];
      if (id !== undefined) expect.soft(mail!.id, name).toBe(id);
      const isEmpty =
        (raw
          .split(/\r?\n\r?\n/)
          .slice(1)
          .join("")
          .trim() ?? "") === "";
      if (!isEmpty) expect.soft(mail!.text !== "" || mail!.parts.length > 1, name).toBe(true);
      expect.soft(JSON.stringify(mail), name).not.toMatch(/\\u0000|\\ud[89a-f]/);
    }
    expect(Math.max(...slow.map(([, ms]) => ms))).toBeLessThan(1000);
  });

  it("answer twice the same", async () => {
    for (const [, raw] of files(/\.eml$/).slice(0, 40)) {
      const [one, two] = [await read(bytes(raw), "message/rfc822"), await read(bytes(raw), "message/rfc822")];
      expect(two.mail!.id).toBe(one.mail!.id);
      expect(two.mail!.parts).toEqual(one.mail!.parts);
    }
  });
});

describe.skipIf(corpus.length === 0)("deliveries of providers", () => {
  /** The form that each should have, by the name that its collector gave it. */
  const expectations: [RegExp, string][] = [
    [/mailgun__(inbound|misconfigured-store)/, "message"],
    [/postmark__(inbound-basics|postmark-inbound)/, "message"],
    [/mailgun__(delivered|dropped-bounce|failed-permanent)/, "status"],
    [/resend__(sent|hard-bounced|complained|opened)/, "status"],
    [/resend-openapi__email-(delivered|suppressed|complained|opened)/, "status"],
    [/postmark__(spam-event|open-event|opened)/, "status"],
    [/sendgrid__(delivered|dropped|compatibility)/, "status"],
    [/mailgun__(failed-temporary|metadata|misconfigured-tracking-raw|opened)/, ""],
    [
      /__.*(click|opened|open-event|greylisted|subscribe-raw|complain|spam-event|delayed|tracking-raw|inbound-basics-raw-mime|attachments-raw-event)/,
      "",
    ],
  ];

  it("are mails, statuses, or kept as unknown", async () => {
    for (const [name, text] of files(/\.json$/)) {
      const payload = JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as object;
      // The collector wrote forms as a JSON map.
      const isForm = /mailgun/.test(name) && "token" in payload && "timestamp" in payload;
      const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
      const fields = Object.entries(payload).map(([key, value]): [string, string] => [key, asText(value)]);
      const body = isForm ? Buffer.from(new URLSearchParams(fields).toString()) : bytes(text);
      const { kinds } = await read(body, isForm ? "application/x-www-form-urlencoded" : "application/json");
      const [, wanted = "unknown"] = expectations.find(([pattern]) => pattern.test(name)) ?? [];
      const isOther = /^anymail-(brevo|mailersend|amazon)/.test(name);
      expect.soft(kinds.join(","), name).toBe(isOther ? "unknown" : wanted);
    }
  });

  it("are read from SendGrid's forms", async () => {
    for (const [name, text] of files(/sendgrid.*\.txt$/)) {
      const form = bytes(text.replaceAll(/\r?\n/g, "\r\n"));
      const { mail, addresses } = await read(form, "multipart/form-data; boundary=xYzZY");
      expect(mail!.from?.address, name).toContain("@");
      expect(mail!.text, name).toMatch(/^(Hello|This is a test)/);
      expect(addresses, name).toHaveLength(1);
      expect(
        mail!.parts.some(({ role }) => role !== "html" && role !== "source"),
        name,
      ).toBe(/attachments/.test(name) || /cid:/.test(mail!.text));
    }
  });
});

describe.skipIf(corpus.length === 0)("quoted text", () => {
  it("is folded, and nothing is lost", () => {
    let folded = 0;
    for (const [name, latin1] of files(/reply__.*\.txt$/)) {
      const text = Buffer.from(latin1, "latin1").toString("utf8");
      const { text: own, quoted } = splitQuoted(text);
      const words = (each: string): string => each.replaceAll(/\s+/g, " ").trim();
      expect(words(`${own} ${quoted}`), name).toBe(words(text));
      folded += quoted === "" ? 0 : 1;
    }
    // The others have no quotation at their end.
    expect(folded).toBeGreaterThan(files(/reply__.*\.txt$/).length * 0.5);
  });
});
