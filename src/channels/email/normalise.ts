import { createHash } from "node:crypto";
import { cut, cutName } from "../../kit/cut";
import { addressParser, decodeWords } from "postal-mime";
import { bounceOf } from "./bounce";
import { addressesIn, boundedAddresses, cleanName, headerOf, headersOf, idsIn, isAutomated } from "./headers";
import { inParallel } from "../../kit/parallel";
import type { KeptPart } from "../channel";
import { defined } from "../json";
import type { MailAddress } from "./address";
import type { KeepPart, Mail, ParsedAttachment, ParsedMail, PartToKeep } from "./mail";
import { plainText } from "./mime";
import { splitQuoted } from "./quoted";

/** Makes every transport's mail one of ours, and stores its parts. */

/** Characters of a text that is shown in the thread; the whole is kept as a file. */
const MAX_TEXT = 100_000;
const MAX_QUOTED = 50_000;
const MAX_ATTACHMENTS = 1000;
/** A key longer than this is cut to a hash: a row of D1 and an index should stay small. */
const MAX_ID = 300;
const MAX_NAME = 240;
/** Transports retry for some days. Other dates are of a wrong clock, and would put the mail where nobody looks. */
const MAX_DELAY_MS = 30 * 24 * 3600 * 1000;

export async function normalise(parsed: ParsedMail, keep: KeepPart, now: number): Promise<Mail> {
  const digest = digestOf(parsed);
  const bounce = bounceOf(parsed);
  const whole = wellFormed(parsed.text ?? (parsed.html === undefined ? "" : await plainText(parsed.html)));
  const { text, quoted } = splitQuoted(whole);
  const isTruncated = parsed.isCut === true || text.length > MAX_TEXT || quoted.length > MAX_QUOTED;
  const id = shortened(idsIn(headerOf(parsed, "message-id"))[0] ?? `${digest}@sha256`);
  const from = addresses(parsed, "from")[0] ?? addresses(parsed, "sender")[0] ?? envelopeSender(parsed);
  const subject = subjectOf(headerOf(parsed, "subject"));
  return {
    id,
    fingerprint: fingerprintOf(parsed, [from?.address ?? "", subject, whole]),
    at: timeOf(headerOf(parsed, "date"), now),
    ...(from && { from }),
    replyTo: addresses(parsed, "reply-to"),
    to: addresses(parsed, "to"),
    cc: addresses(parsed, "cc"),
    subject,
    text: cut(text, MAX_TEXT),
    quoted: cut(quoted, MAX_QUOTED),
    isTruncated,
    ...threadOf(parsed, id, bounce?.of),
    isAutomated: isAutomated(parsed),
    ...(bounce && { bounce: { ...bounce, of: shortened(bounce.of) } }),
    parts: await keepParts(parsed, digest, keep, isTruncated ? whole : undefined),
  };
}

/** SQLite ends a text at NUL, and JSON has no lone surrogates. */
const wellFormed = (text: string): string => text.toWellFormed().replaceAll("\0", "");

const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

const shortened = (id: string): string => (id.length <= MAX_ID ? wellFormed(id) : `${sha256(id)}@sha256`);

/** Transports without the source deliver again what is equal in this. */
function digestOf({ source, keptSource, headers, text, html, attachments }: ParsedMail): string {
  if (keptSource) return keptSource.digest;
  const content = source ?? JSON.stringify([headers, text, html, attachments.map((one) => sha256(one.content))]);
  return sha256(content).slice(0, 40);
}

/** Equal for one mail by every transport. */
function fingerprintOf({ attachments }: ParsedMail, words: readonly string[]): string {
  const files = attachments.map(
    ({ fileName, content, kept }) => `${fileName} ${kept?.sizeBytes ?? content.byteLength}`,
  );
  return sha256([...words, ...files].join("\n").replaceAll(/\s+/g, " ")).slice(0, 12);
}

function threadOf(parsed: ParsedMail, id: string, bounced: string | undefined): Pick<Mail, "references" | "root"> {
  const answered = idsIn(headerOf(parsed, "in-reply-to"));
  const chain = idsIn(headersOf(parsed, "references").join(" "));
  const ids = [...answered, ...chain.toReversed(), ...(bounced === undefined ? [] : [bounced])].map(shortened);
  const references = [...new Set(ids)].filter((reference) => reference !== id);
  return { references, root: [chain[0], answered[0], bounced].map((one) => one && shortened(one)).find(Boolean) ?? id };
}

function addresses(parsed: ParsedMail, name: string): MailAddress[] {
  const value = boundedAddresses(headersOf(parsed, name).join(", "));
  return value === "" ? [] : addressesIn(addressParser(value));
}

const envelopeSender = ({ envelopeFrom = "" }: ParsedMail): MailAddress | undefined =>
  addressesIn([{ address: envelopeFrom.replaceAll(/[<>]/g, "") }])[0];

const subjectOf = (value: string | undefined): string => cleanName(decodeWords((value ?? "").slice(0, 2000))) ?? "";

function timeOf(date: string | undefined, now: number): number {
  const at = Date.parse(date ?? "");
  return Number.isNaN(at) || at < now - MAX_DELAY_MS ? now : Math.min(at, now);
}

async function keepParts(
  { attachments, html, source, keptSource }: ParsedMail,
  digest: string,
  keep: KeepPart,
  longText: string | undefined,
): Promise<KeptPart[]> {
  const files = attachments.slice(0, MAX_ATTACHMENTS).map((attachment, n) => partOf(attachment, n, html));
  const parts: PartToKeep[] = [
    ...(html === undefined
      ? []
      : [{ role: "html" as const, name: "html", content: Buffer.from(html), mimeType: "text/html" }]),
    ...files,
    ...(longText !== undefined && source === undefined && !keptSource
      ? [
          {
            role: "attachment" as const,
            name: "text",
            content: Buffer.from(longText),
            mimeType: "text/plain",
            fileName: "message.txt",
          },
        ]
      : []),
    ...(source === undefined
      ? []
      : [
          {
            role: "source" as const,
            name: "source",
            content: source,
            mimeType: "message/rfc822",
            fileName: "message.eml",
          },
        ]),
  ];
  const kept = new Map<PartToKeep, KeptPart>();
  for (const [n, { kept: already }] of attachments.slice(0, MAX_ATTACHMENTS).entries())
    if (already) kept.set(files[n]!, withRole(already, html));
  await inParallel(parts, 6, async (part) => {
    if (!kept.has(part)) kept.set(part, await keep(digest, part));
  });
  return [...parts.map((part) => kept.get(part)!), ...(keptSource ? [keptSource.part] : [])];
}

/** A part that was stored before the HTML was known. */
const withRole = (part: KeptPart, html: string | undefined): KeptPart => ({
  ...part,
  role: part.contentId !== undefined && html?.includes(`cid:${part.contentId}`) ? "inline" : "attachment",
});

function partOf(attachment: ParsedAttachment, n: number, html: string | undefined): PartToKeep {
  const contentId = attachment.contentId?.trim().replaceAll(/^<|>$/g, "").slice(0, 500);
  const isShown = contentId !== undefined && contentId !== "" && (html?.includes(`cid:${contentId}`) ?? false);
  return {
    role: isShown ? "inline" : "attachment",
    // The HTML names its images by their ids, and finds them by this.
    name: isShown ? inlineName(contentId) : String(n),
    content: attachment.content,
    ...defined({
      mimeType: attachment.mimeType.slice(0, 200),
      fileName: cleanFileName(attachment.fileName) ?? defaultName(attachment.mimeType),
      contentId: contentId === "" ? undefined : contentId && wellFormed(contentId),
    }),
  } as PartToKeep;
}

/** The name of an image that the HTML shows as `cid:…`. */
export const inlineName = (contentId: string): string => `cid-${sha256(contentId).slice(0, 32)}`;

function cleanFileName(name: string | undefined): string | undefined {
  const last = (name ?? "").replace(/^.*[\\/]/, "");
  const clean = cleanName(last.slice(-1000));
  return clean === undefined ? undefined : cutName(clean, MAX_NAME);
}

const NAMES: Record<string, string> = {
  "text/calendar": "invite.ics",
  "message/rfc822": "message.eml",
  "message/delivery-status": "delivery-status.txt",
  "text/rfc822-headers": "headers.txt",
};
const defaultName = (mimeType: string): string | undefined => NAMES[mimeType];
