import type { OutboundFile } from "../channel";
import { cutName } from "../../kit/cut";
import { randomToken } from "../../kit/id";
import { headerAddress } from "./address";
import { headerText } from "./encoded-words";
import { extraHeaders, type OutgoingMail } from "./senders/sender";

/** Writes a mail as MIME (RFC 5322, 2045), piece by piece: no file is in memory as a whole. Every line ends with CRLF. */

const CRLF = "\r\n";
const MAX_LINE = 76;
/** The bytes of a line of base64. */
const LINE_BYTES = 57;

/** Yields whole lines. ASCII, unless an address is not. */
export async function* writeMail(mail: OutgoingMail, at: number): AsyncGenerator<string> {
  const headers: [string, string][] = [
    ["From", headerAddress(mail.from)],
    ["To", mail.to.join(", ")],
    ...(mail.cc.length > 0 ? [["Cc", mail.cc.join(", ")] as [string, string]] : []),
    ["Subject", headerText(mail.subject)],
    ["Date", new Date(at).toUTCString().replace("GMT", "+0000")],
    ["Message-ID", `<${mail.messageId}>`],
    ["Reply-To", mail.replyTo],
    ...Object.entries(extraHeaders(mail)),
    ["MIME-Version", "1.0"],
  ];
  yield headers.map(([name, value]) => header(name, value)).join("");
  yield* writePart(partOf(mail));
}

/** The size of the mail, at most; exact sizes are not known before it is written. */
export const sizeOf = ({ text, html = "", files }: OutgoingMail): number =>
  20_000 +
  3 * (Buffer.byteLength(text) + Buffer.byteLength(html)) +
  files.reduce((sum, { sizeBytes }) => sum + Math.ceil(sizeBytes / LINE_BYTES) * (MAX_LINE + 2) + 1000, 0);

type Part =
  | { kind: "alternative" | "related" | "mixed"; parts: readonly Part[] }
  | { kind: "text"; type: "plain" | "html"; text: string }
  | { kind: "file"; file: OutboundFile };

function partOf({ text, html, files }: OutgoingMail): Part {
  const isShown = ({ contentId }: OutboundFile): boolean => html !== undefined && contentId !== undefined;
  const toPart = (file: OutboundFile): Part => ({ kind: "file", file });
  const shown = files.filter(isShown).map(toPart);
  const others = files.filter((file) => !isShown(file)).map(toPart);
  const plain: Part = { kind: "text", type: "plain", text };
  const body = html === undefined ? plain : combined("alternative", [plain, withShown(html, shown)]);
  return combined("mixed", [body, ...others]);
}

const withShown = (html: string, shown: readonly Part[]): Part =>
  combined("related", [{ kind: "text", type: "html", text: html }, ...shown]);

const combined = (kind: "alternative" | "related" | "mixed", parts: readonly Part[]): Part =>
  parts.length === 1 ? parts[0]! : { kind, parts };

async function* writePart(part: Part): AsyncGenerator<string> {
  if (part.kind === "text") yield writeText(part.type, part.text);
  else if (part.kind === "file") yield* writeFile(part.file);
  else {
    // Neither encoding produces `=_`, so no content ends a part.
    const boundary = `=_${randomToken(18)}`;
    yield header("Content-Type", `multipart/${part.kind}; boundary="${boundary}"`) + CRLF;
    for (const each of part.parts) {
      yield `--${boundary}${CRLF}`;
      yield* writePart(each);
    }
    yield `--${boundary}--${CRLF}`;
  }
}

function writeText(type: "plain" | "html", text: string): string {
  const lines = text.toWellFormed().replaceAll(/\r\n|\r|\n/g, CRLF);
  const bytes = Buffer.from(lines);
  const readable = Array.from(lines.matchAll(/[\x20-\x7e\s]/g)).length;
  // Three characters for each byte beyond ASCII: base64 is shorter for most scripts.
  const isBase64 = readable < bytes.length * 0.7;
  return [
    header("Content-Type", `text/${type}; charset=utf-8`),
    header("Content-Transfer-Encoding", isBase64 ? "base64" : "quoted-printable"),
    CRLF,
    isBase64 ? base64Lines(bytes) : `${quotedPrintable(lines)}${CRLF}`,
  ].join("");
}

async function* writeFile({ body, mimeType, fileName, contentId }: OutboundFile): AsyncGenerator<string> {
  yield [
    header("Content-Type", safeType(mimeType)),
    header("Content-Transfer-Encoding", "base64"),
    header("Content-Disposition", `${contentId === undefined ? "attachment" : "inline"}; ${nameParameters(fileName)}`),
    ...(contentId === undefined ? [] : [header("Content-ID", `<${contentId}>`)]),
    CRLF,
  ].join("");
  let rest = Buffer.alloc(0);
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % LINE_BYTES);
    if (whole > 0) yield base64Lines(bytes.subarray(0, whole));
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) yield base64Lines(rest);
}

const base64Lines = (bytes: Buffer): string =>
  bytes.length === 0
    ? CRLF
    : `${bytes
        .toString("base64")
        .match(/.{1,76}/g)!
        .join(CRLF)}${CRLF}`;

/** Messages and multiparts must not be encoded, so they travel as files of no type. */
const safeType = (mimeType: string): string =>
  /^(?!message\/|multipart\/)[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(mimeType)
    ? mimeType
    : "application/octet-stream";

/** A file's name for all programs: in ASCII, and as it is (RFC 6266, 2231). */
function nameParameters(fileName: string): string {
  // Encoded it must fit into a line, which has at most 998 characters.
  const name = cutName(fileName, 100)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, " ");
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\]/g, "_");
  if (ascii === name) return `filename="${name}"`;
  const encoded = encodeURIComponent(name).replaceAll(/['()*]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);
  return `filename="${ascii}"; filename*=utf-8''${encoded}`;
}

/** A header, folded at spaces. Line breaks in its value become spaces. */
function header(name: string, value: string): string {
  const words = value
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
    .split(" ");
  let text = `${name}:`;
  let length = text.length;
  for (const [index, word] of words.entries()) {
    const isFolded = index > 0 && length + word.length + 1 > MAX_LINE && word !== "";
    text += isFolded ? `${CRLF} ${word}` : ` ${word}`;
    length = (isFolded ? 0 : length) + word.length + 1;
  }
  return `${text}${CRLF}`;
}

/** Encodes lines that end with CRLF (RFC 2045, 6.7). */
function quotedPrintable(text: string): string {
  return text
    .split(CRLF)
    .map((line) => {
      const units = [...Buffer.from(line)].map((byte) =>
        (byte >= 33 && byte <= 126 && byte !== 61) || byte === 32 || byte === 9
          ? String.fromCharCode(byte)
          : `=${byte.toString(16).toUpperCase().padStart(2, "0")}`,
      );
      // Servers take spaces off the ends of lines.
      const last = units.at(-1);
      if (last === " " || last === "\t") units[units.length - 1] = last === " " ? "=20" : "=09";
      return softLines(units);
    })
    .join(CRLF);
}

function softLines(units: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const [index, unit] of units.entries()) {
    // Each line but the last needs room for the `=` that continues it.
    if (line.length + unit.length > (index === units.length - 1 ? MAX_LINE : MAX_LINE - 1)) {
      lines.push(`${line}=`);
      line = "";
    }
    line += unit;
  }
  return [...lines, line].join(CRLF);
}
