import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { takeLargeFiles } from "../../src/channels/email/large";
import { conversationIdOf } from "../../src/domain/ids";
import { composeMail } from "../../simulators/mail/compose.ts";
import { door, mail, organization } from "../harness";

vi.setConfig({ testTimeout: 180_000 });

const pattern = (size: number, seed = 7): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let at = 0, value = seed; at < size; at++) bytes[at] = value = (value * 31 + 11) & 0xff;
  return bytes;
};
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

it("stores the files of a large mail while it passes", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const files = [pattern(3_000_001), pattern(6 * 1024 * 1024, 5), pattern(1000, 3)];
  const { status, messageId } = await mail.write({
    from: "rina@customer.test",
    to: account.address,
    subject: "Plans",
    text: "Attached",
    html: '<p>Attached <img src="cid:big@1"></p>',
    attachments: [
      { name: "plan.bin", type: "application/x-plan", content: files[0]! },
      { name: "photo.bin", type: "image/png", content: files[1]!, contentId: "big@1" },
      { name: "small.bin", type: "application/x-plan", content: files[2]! },
    ],
  });
  expect(status).toBe(200);
  const id = conversationIdOf(org.id, account.id, messageId.slice(1, -1));
  const { messages } = (await org.call("GET", `/api/conversations/${id}/messages`)).body;
  const { attachments, text, source_url, html_url } = messages[0].content;
  expect(text).toBe("Attached");
  expect(attachments.map(({ file_name, file_size, inline }: any) => [file_name, file_size, inline])).toEqual([
    ["plan.bin", files[0]!.length, false],
    ["photo.bin", files[1]!.length, true],
    ["small.bin", files[2]!.length, false],
  ]);
  for (const [n, { signed_url }] of attachments.entries()) {
    const response = await door(new URL(signed_url).pathname);
    expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(files[n]!));
  }
  const page = await (await door(new URL(html_url).pathname)).text();
  const [, image] = /src="([^"]+)"/.exec(page) ?? [];
  expect((await door(new URL(image!).pathname)).headers.get("content-length")).toBe(String(files[1]!.length));
  expect(await (await door(new URL(source_url).pathname)).text()).toContain(`Message-ID: ${messageId}`);
  expect(env.MEDIA).toBeDefined();
});

it("holds no large mail in memory, whatever is said of its size", async () => {
  const org = await organization();
  const { address, inboundSecret } = await org.connectMail();
  const attachments = [{ name: "plan.bin", type: "application/x-plan", content: pattern(3_000_000) }];
  const large = { from: "rina@customer.test", to: address, subject: "Plans", text: "Attached", attachments };
  const sources = async () => (await env.MEDIA.list({ prefix: `${org.id}/mail/source-` })).objects.length;
  expect((await mail.announce(large)).status).toBe(200);
  expect(await sources()).toBe(1);
  const { raw } = composeMail(large, 0);
  // No Content-Length.
  const body = new Blob([raw]).stream();
  const headers = { "content-type": "message/rfc822" };
  const path = `/webhook/email/${address}/${inboundSecret}`;
  expect((await door(path, { method: "POST", body, headers })).status).toBe(200);
  expect(await sources()).toBe(2);
});

it("reads no more large forms at once than fit in memory", async () => {
  const org = await organization();
  const { address, inboundSecret } = await org.connectMail();
  const payload = (size: number) =>
    new TextEncoder().encode(
      JSON.stringify({
        FromFull: { Email: "rina@customer.test" },
        ToFull: [{ Email: address }],
        TextBody: "Attached",
        Attachments: [{ Name: "a.bin", ContentType: "application/x-plan", Content: "A".repeat(size) }],
      }),
    );
  const deliver = (body: BodyInit, length: number, secret = `/${inboundSecret}`) =>
    door(secret === "" ? `/webhook/email?account=${address}` : `/webhook/email/${address}${secret}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", "content-length": String(length) },
    });
  const small = payload(3 * 1024 * 1024);
  // It takes its time.
  const first = new TransformStream<Uint8Array, Uint8Array>();
  const writer = first.writable.getWriter();
  const slow = deliver(first.readable, 39 * 1024 * 1024);
  await writer.write(small.subarray(0, 10));
  const refused = await deliver(small, small.length);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("30");
  expect(((await refused.json()) as any).code).toBe("webhook_mail_delayed");
  // Without the secret nobody is in the way of those who have it.
  expect((await deliver(small, small.length, "")).status).toBe(401);
  await writer.write(small.subarray(10));
  await writer.close();
  expect((await slow).status).toBe(200);
  expect((await deliver(small, small.length)).status).toBe(200);
});

it("takes every large mail, whatever makes it large", async () => {
  const org = await organization();
  const account = await org.connectMail();
  const deliver = async (raw: string, thread = /^Message-ID: <(.*)>/m.exec(raw)![1]!) => {
    const path = `/webhook/email/${account.address}/${account.inboundSecret}`;
    const headers = { "content-type": "message/rfc822" };
    const { status } = await door(path, { method: "POST", body: Buffer.from(raw, "latin1"), headers });
    const id = conversationIdOf(org.id, account.id, thread);
    const { body } = await org.call("GET", `/api/conversations/${id}/messages`);
    return { status, content: body.messages?.[0]?.content };
  };
  const head = (id: string, type: string, body: string) =>
    `From: Rina <rina@customer.test>\r\nTo: ${account.address}\r\nSubject: ${id}\r\nMessage-ID: <${id}@customer.test>\r\n` +
    `MIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n${body}`;
  const part = (headers: string, body: string) => `--b\r\n${headers}\r\n\r\n${body}\r\n`;
  const mixed = (id: string, parts: readonly string[]) =>
    head(id, "multipart/mixed; boundary=b", `${part("Content-Type: text/plain", "Look")}${parts.join("")}--b--\r\n`);
  const fileOf = async ({ signed_url: url }: any) => (await door(new URL(url).pathname)).arrayBuffer();
  const lines = (count: number) =>
    "Tea, coffee and the price of sugar =E2=82=AC 3 in the north and in the south\r\n".repeat(count);

  const text = await deliver(head("text", "text/plain", lines(60_000)));
  expect([text.status, text.content.truncated]).toEqual([200, true]);
  expect(text.content.text).toMatch(/^Tea, coffee/);
  expect((await (await door(new URL(text.content.source_url).pathname)).text()).length).toBeGreaterThan(4_600_000);

  const forwarded = mixed("inner", [part("Content-Type: application/x-plan", lines(60_000))]).replaceAll("--b", "--c");
  const passed = await deliver(
    mixed("outer", [part("Content-Type: message/rfc822\r\nContent-Disposition: attachment", forwarded)]),
  );
  expect(passed).toMatchObject({ status: 200, content: { text: "Look" } });
  expect(passed.content.attachments).toMatchObject([{ mime_type: "message/rfc822", file_size: forwarded.length }]);

  const quoted = await deliver(
    mixed("quoted", [
      part(
        'Content-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: quoted-printable',
        `${lines(40_000)}the =\r\nend`,
      ),
    ]),
  );
  const csv = Buffer.from(await fileOf(quoted.content.attachments[0])).toString();
  expect(csv).toMatch(/^Tea, coffee and the price of sugar € 3 in/);
  expect(csv.slice(-18)).toBe("the south\r\nthe end");

  const twins = ["one", "two"].map((word) =>
    part("Content-Type: application/x-plan\r\nContent-ID: <same@1>", word.repeat(500_000)),
  );
  const { content: both } = await deliver(mixed("twins", twins));
  for (const [n, word] of ["one", "two"].entries())
    expect(Buffer.from(await fileOf(both.attachments[n])).toString()).toBe(word.repeat(500_000));

  const many = Array.from({ length: 120 }, (_, n) =>
    part(`Content-Type: application/x-plan; name="${n}.bin"`, `${n} `.padEnd(40_000, "x")),
  );
  const files = await deliver(mixed("many", many));
  expect(files).toMatchObject({ status: 200, content: { text: "Look" } });
  expect(files.content.attachments).toHaveLength(120);
  const last = Buffer.from(await fileOf(files.content.attachments[119])).toString();
  expect(last.slice(0, 5)).toBe("119 x");

  const image = `<img src="data:image/png;base64,${"A".repeat(5_000_000)}">`;
  const html = await deliver(head("html", "text/html", `<p>Hello</p>${image}<p>Bye</p>`));
  expect(html).toMatchObject({ status: 200, content: { text: "Hello", truncated: true } });

  const report = [
    part("Content-Type: text/plain", "It failed"),
    part("Content-Type: message/delivery-status", "Reporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.2.2"),
    part("Content-Type: message/rfc822", head("sent", "text/plain", lines(60_000))),
  ].join("");
  const bounce = head("bounce", "multipart/report; boundary=b", `${report}--b--\r\n`);
  // It belongs to the mail that it returns.
  const { content: returned } = await deliver(bounce, "sent@customer.test");
  expect(returned.attachments).toMatchObject([{}, { mime_type: "message/rfc822" }]);

  const breaks = await deliver(head("breaks", "text/plain", "\n".repeat(3_000_000)));
  expect(breaks).toMatchObject({ status: 200, content: { text: expect.stringContaining("could not be read") } });

  const parts = await deliver(
    mixed(
      "parts",
      Array.from({ length: 150_000 }, () => part("A: b", "")),
    ),
  );
  expect(parts).toMatchObject({ status: 200, content: { text: expect.stringContaining("could not be read") } });
  expect(parts.content.source_url).toBeDefined();
});

it("leaves the same mail in any chunks, and no more of a text than it holds", async () => {
  const { raw } = composeMail(
    {
      from: "a@b.test",
      to: "c@d.test",
      text: "hi",
      attachments: [
        { name: "a.bin", type: "application/octet-stream", content: pattern(200_000) },
        { name: "b.bin", type: "application/octet-stream", content: pattern(10) },
      ],
    },
    0,
  );
  const source = Buffer.from(raw);
  for (const size of [7, 1000, 65_536, source.length]) {
    const kept: [string, string][] = [];
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < source.length; at += size) yield source.subarray(at, at + size);
    }
    const { skeleton } = await takeLargeFiles(chunks(), async ({ name, content, mimeType }) => {
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(Buffer.from(part));
      kept.push([name, sha256(Buffer.concat(parts))]);
      return { role: "attachment", r2Key: name, mimeType, sizeBytes: 0 };
    });
    expect(kept).toEqual([["large-0", sha256(pattern(200_000))]]);
    expect(skeleton.length).toBeLessThan(2000);
    expect(Buffer.from(skeleton).toString()).toContain('filename="b.bin"');
  }
  async function* text(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("Content-Type: text/plain\r\n\r\n");
    for (let n = 0; n < 300; n++) yield Buffer.from("x".repeat(65_000));
  }
  const { skeleton, isCut } = await takeLargeFiles(text(), () => Promise.reject(new Error("no file")));
  expect([isCut, skeleton.length < 5_000_000]).toEqual([true, true]);
});

it("reads a file in one buffer, though its lines look like boundaries", async () => {
  const lines = Array.from({ length: 20_000 }, (_, n) =>
    n % 7 === 0 ? `--edge-${n}` : n % 11 === 0 ? "--" : `row ${n}`,
  );
  const text = lines.join("\r\n");
  const base64 = Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\r\n");
  for (const [encoding, content] of [
    ["8bit", text],
    ["base64", base64],
  ] as const) {
    const source = Buffer.from(
      `Content-Type: multipart/mixed; boundary="edge"\r\n\r\n--edge\r\nContent-Type: application/x-rows\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}\r\n--edge--\r\n`,
    );
    for (const size of [7, 1000, 65_536, source.length]) {
      let got = "";
      const buffers = new Set<ArrayBufferLike>();
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < source.length; at += size) yield source.subarray(at, at + size);
      }
      const { skeleton } = await takeLargeFiles(chunks(), async ({ name, content: pieces, mimeType }) => {
        for await (const piece of pieces) {
          got += Buffer.from(piece).toString("latin1");
          buffers.add(piece.buffer);
        }
        return { role: "attachment", r2Key: name, mimeType, sizeBytes: 0 };
      });
      expect([encoding, size, got === text]).toEqual([encoding, size, true]);
      expect(Buffer.from(skeleton).toString()).toMatch(/--edge--\r\n$/);
      if (encoding === "base64") expect(buffers.size).toBe(1);
    }
  }
});
