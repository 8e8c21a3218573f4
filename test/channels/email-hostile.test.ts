import { expect, it } from "vitest";
import { readDelivery, toDelivery } from "../../src/channels/email/read";
import { comparableSubject, idsIn } from "../../src/channels/email/headers";
import { splitQuoted } from "../../src/channels/email/quoted";
import type { KeepPart } from "../../src/channels/email/mail";
import { parse } from "../../src/channels/email/inbound";

/** Mails that are made to take time, memory or a wrong way: each is kept or refused within a second. */

const keep: KeepPart = (digest, { role, name, content, mimeType, fileName }) =>
  Promise.resolve({
    role,
    r2Key: `${digest}/${name}`,
    mimeType,
    sizeBytes: content.byteLength,
    ...(fileName !== undefined && { fileName }),
  });

async function take(mail: string | Uint8Array) {
  const body = typeof mail === "string" ? Buffer.from(mail, "latin1") : mail;
  const began = performance.now();
  const read = await readDelivery({
    body,
    headers: new Headers({ "content-type": "message/rfc822" }),
    url: "https://a.test/",
  });
  const delivery = await toDelivery(read, ["support@shop.test"], keep);
  const updates = parse(delivery);
  return { ms: performance.now() - began, mail: delivery.mails[0]!, bytes: JSON.stringify(updates).length };
}

const head = "From: a@b.test\r\nTo: support@shop.test\r\nMessage-ID: <hostile@b.test>\r\nSubject: Hostile\r\n";
const nested = (depth: number): string => {
  let text = "";
  for (let n = 0; n < depth; n++) text += `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}\r\n`;
  return text;
};
const forwarded = (depth: number): string => "Content-Type: message/rfc822\r\n\r\n".repeat(depth);

const HOSTILE: Record<string, string> = {
  "1,000 multiparts in each other": `${head}${nested(1000)}Content-Type: text/plain\r\n\r\nhi`,
  "1,000 mails in each other": `${head}${forwarded(1000)}Subject: in\r\n\r\nhi`,
  "10,000 headers": `${head}${Array.from({ length: 10_000 }, (_, n) => `X-${n}: ${"v".repeat(60)}\r\n`).join("")}\r\nhi`,
  "a header of 2 MB": `${head}X: ${"a".repeat(2_000_000)}\r\n\r\nhi`,
  "one header on 100,000 lines": `${head}X: a\r\n${" b\r\n".repeat(100_000)}\r\nhi`,
  "50,000 encoded words": `${head.replace("Subject: Hostile", `Subject: ${"=?utf-8?B?YWFh?= ".repeat(50_000)}`)}\r\nhi`,
  "10,000 encoded words": `${head.replace("Subject: Hostile", `Subject: ${"=?utf-8?B?YWFh?= ".repeat(10_000)}`)}\r\nhi`,
  "an encoded word without an end": `${head}X: ${"=?utf-8?Q?".repeat(20_000)}\r\n\r\nhi`,
  "a million boundaries": `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\n".repeat(1_000_000)}`,
  "lines that are almost boundaries": `${head}${nested(40)}Content-Type: text/plain\r\n\r\n${"--b3x\r\n".repeat(500_000)}`,
  "three million empty lines": `${head}\r\n${"\r\n".repeat(3_000_000)}`,
  "a boundary that begins another": `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--bb--\r\n--b--`,
  "an empty boundary": `${head}Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nhi\r\n----`,
  "100,000 recipients": `${head}Cc: ${"a@b.test, ".repeat(20_000)}\r\n\r\nhi`,
  "groups in groups": `${head}Cc: ${"g: ".repeat(50_000)}\r\n\r\nhi`,
  "100,000 parameters": `${head}Content-Type: text/plain; ${"a*0=b; ".repeat(30_000)}\r\n\r\nhi`,
  "ids without end": `${head}References: ${"<a@b> ".repeat(30_000)}\r\nIn-Reply-To: ${"<".repeat(50_000)}\r\n\r\nhi`,
  "HTML of nothing but brackets": `${head}Content-Type: text/html\r\n\r\n${"<".repeat(2_000_000)}`,
  "HTML of open styles": `${head}Content-Type: text/html\r\n\r\n${"<style ".repeat(300_000)}`,
  "HTML of open tags": `${head}Content-Type: text/html\r\n\r\n${"<div>".repeat(300_000)}`,
  "NUL, lone surrogates and broken UTF-8": `${head}Content-Type: text/plain; charset=utf-8\r\n\r\n\0\xed\xa0\x80\xff\xfe`,
  "an unknown charset": `${head}Content-Type: text/plain; charset=x-nowhere\r\n\r\nhi`,
  "no headers at all": "\r\n\r\nhi",
  nothing: "",
};

it.each(Object.entries(HOSTILE))("keeps or refuses %s", async (_, hostile) => {
  const { ms, mail, bytes } = await take(hostile);
  // A second; more here, since other suites share the cores.
  expect(ms).toBeLessThan(2500);
  expect(bytes).toBeLessThan(500_000);
  expect(mail.id).not.toBe("");
  // Nothing is lost: the mail itself is a file of what it became.
  if (hostile !== "") expect(mail.parts.some(({ mimeType }) => mimeType === "message/rfc822")).toBe(true);
  expect(JSON.stringify(mail)).not.toMatch(/\\u0000|\\ud[89a-f]/);
});

it("keeps hundreds of files, with names that lead nowhere else", async () => {
  const part = (name: string) =>
    `--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="${name}"\r\n\r\n<p>x</p>\r\n`;
  const names = [
    ...Array.from({ length: 500 }, (_, n) => `file ${n}.html`),
    "../../etc/passwd",
    "C:\\Windows\\win.ini",
    "a\u202egpj.exe",
  ];
  const { mail, ms } = await take(
    Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${names.map(part).join("")}--b--`),
  );
  const files = mail.parts.filter(({ role }) => role === "attachment");
  expect(files).toHaveLength(503);
  expect(files.slice(-3).map(({ fileName }) => fileName)).toEqual(["passwd", "C:Windowswin.ini", "agpj.exe"]);
  expect(ms).toBeLessThan(1000);
});

it("decodes what mail programs of all countries write", async () => {
  const of = (charset: string, bytes: number[]): Uint8Array =>
    Buffer.concat([Buffer.from(`${head}Content-Type: text/plain; charset=${charset}\r\n\r\n`), Buffer.from(bytes)]);
  for (const [charset, bytes, text] of [
    ["iso-8859-1", [0xe9], "é"],
    ["windows-1251", [0xcf, 0xf0], "Пр"],
    ["koi8-r", [0xf0, 0xd2], "Пр"],
    ["shift_jis", [0x93, 0xfa, 0x96, 0x7b], "日本"],
    ["iso-2022-jp", [0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42], "日本"],
    ["euc-kr", [0xc7, 0xd1], "한"],
    ["ks_c_5601-1987", [0xc7, 0xd1], "한"],
    ["gb2312", [0xd6, 0xd0], "中"],
    ["big5", [0xa4, 0xa4], "中"],
    ["windows-1256", [0xe3], "م"],
    ["tis-620", [0xa1], "ก"],
  ] as const)
    expect((await take(of(charset, [...bytes]))).mail.text, charset).toBe(text);
});

it("reads subjects, ids and quotations in time that grows with their length alone", () => {
  const began = performance.now();
  expect(comparableSubject(`${"Re: ".repeat(100_000)}x`)).toBeDefined();
  expect(comparableSubject("AW: Re[2]: RE : Fwd: Order")).toBe("order");
  expect(comparableSubject("回复：订单")).toBe("订单");
  expect(idsIn("<a@b> junk <c@d><a@b>")).toEqual(["a@b", "c@d"]);
  for (const line of ["On ", "> ", "From: ", "-", "_", "On x wrote", "Le ".repeat(100), " ".repeat(100)])
    splitQuoted(`${line}\n`.repeat(100_000));
  expect(performance.now() - began).toBeLessThan(3000);
});
