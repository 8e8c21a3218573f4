import { createHash } from "node:crypto";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { takeLargeFiles } from "../../src/channels/email/large";
import { conversationIdOf } from "../../src/domain/ids";
import { composeMail } from "../../simulators/mail/compose.ts";
import { door, mail, organization } from "../harness";

vi.setConfig({ testTimeout: 60_000 });

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

it("leaves the same mail in any chunks, and refuses what is large without files", async () => {
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
      for await (const part of content) parts.push(part);
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
  await expect(takeLargeFiles(text(), () => Promise.reject(new Error("no file")))).rejects.toThrow(/too much/);
});
