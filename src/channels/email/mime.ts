import PostalMime, { type Attachment, type Email } from "postal-mime";
import { boundedAddresses } from "./headers";
import type { Skeleton } from "./large";
import type { ParsedAttachment, ParsedMail } from "./mail";

/** Reads MIME, which anybody writes. A mail that is too intricate to read is kept as it came. */

/** More than any mail program nests; a hundred boundaries to compare would make each line dear. */
const MAX_NESTING = 50;
/** Decoding a subject of many encoded words takes time by the square of its length: 200 ms for this much. */
export const MAX_HEADERS_BYTES = 256 * 1024;
/** Each begins a part, or may: an object for each of a million parts would not fit in memory. */
export const MAX_DASHED_LINES = 20_000;
/** 25 MB in lines of a file that is encoded are 350,000. */
export const MAX_LINES = 1_000_000;
const MAX_HEADER_BLOCK_BYTES = 128 * 1024;
const MAX_PLAIN_BYTES = 200_000;
/** The beginning is enough for a text that is shown and searched. */
const MAX_HTML = 300_000;
/** Each header; the library takes time by the square of an address header's length. */
const MAX_HEADER_CHARS = 16 * 1024;
/** In the headers of a usual mail. */
const MAX_COLONS = 1000;
/** Lines of folded headers that are nearly empty, which take time by the square of their number. */
const MAX_SHORT_FOLDS = 10_000;

/** A mail whose large files were replaced by markers (large.ts), which give their parts back. */
export async function parseSkeleton(
  { skeleton, kept, isCut }: Skeleton,
  keptSource: NonNullable<ParsedMail["keptSource"]>,
): Promise<ParsedMail> {
  const { source: _, ...parsed } = await parseMime(skeleton);
  const attachments = parsed.attachments.map((attachment) => {
    const { content, fileName } = attachment;
    const taken = content.length < 200 ? kept.get(Buffer.from(content).toString().trim()) : undefined;
    if (!taken) return attachment;
    // A report about a mail is read from the beginning of that.
    return {
      ...attachment,
      content: taken.start,
      kept: { ...taken.part, ...(fileName !== undefined && { fileName }) },
    };
  });
  // A mail that could not be read is kept once, as its source.
  const files = attachments.filter(({ content }) => content !== skeleton);
  return { ...parsed, attachments: files, keptSource, ...(isCut && { isCut }) };
}

export async function parseMime(source: Uint8Array): Promise<ParsedMail> {
  if (!isReadable(source)) return unreadable(source);
  try {
    return withSomeText(
      toParsed(
        await PostalMime.parse(withShortHeaders(source), {
          maxNestingDepth: MAX_NESTING,
          maxHeadersSize: MAX_HEADERS_BYTES,
          // A forwarded mail is a file, which can be opened and forwarded itself.
          forceRfc822Attachments: true,
        }),
        source,
      ),
    );
  } catch {
    return unreadable(source);
  }
}

/** A mail in whose form the library finds nothing, such as a multipart without a boundary, shows its body as it is. */
function withSomeText(parsed: ParsedMail): ParsedMail {
  if (parsed.text ?? parsed.html ?? parsed.attachments[0]) return parsed;
  const whole = Buffer.from(parsed.source!.subarray(0, MAX_PLAIN_BYTES)).toString("utf8");
  const start = /\r?\n\r?\n/.exec(whole);
  const text = start ? whole.slice(start.index).trim() : "";
  return text === "" ? parsed : { ...parsed, text };
}

/** The source with its own headers cut to a length that takes no time. */
function withShortHeaders(source: Uint8Array): Uint8Array {
  const start = Buffer.from(source.subarray(0, MAX_HEADERS_BYTES)).toString("latin1");
  const end = /\r?\n\r?\n/.exec(start);
  const block = end ? start.slice(0, end.index) : start;
  if (block.length <= MAX_HEADER_CHARS && block.split(":").length < MAX_COLONS) return source;
  if (!end) return source;
  const headers: string[] = block.split(/\r?\n(?![ \t])/);
  const short = headers.map((header) => {
    const line = header.replaceAll(/\r?\n[ \t]+/g, " ").slice(0, MAX_HEADER_CHARS);
    return /^(from|sender|to|cc|bcc|reply-to|delivered-to|return-path)\s*:/i.test(line) ? boundedAddresses(line) : line;
  });
  return Buffer.concat([Buffer.from(short.join("\r\n"), "latin1"), source.subarray(end.index)]);
}

function isReadable(source: Uint8Array): boolean {
  let [lines, dashed, folds] = [0, 0, 0];
  for (let at = 0; at !== -1 && at < source.length;) {
    if (source[at] === 45 && source[at + 1] === 45) dashed++;
    const end = source.indexOf(10, at);
    if ((source[at] === 32 || source[at] === 9) && end - at < 6) folds++;
    if (++lines > MAX_LINES || dashed > MAX_DASHED_LINES || folds > MAX_SHORT_FOLDS) return false;
    at = end === -1 ? -1 : end + 1;
  }
  return true;
}

/** The mail with its first headers, and itself as its only file. */
export async function unreadable(source: Uint8Array): Promise<ParsedMail> {
  const headers = await headersOf(source).catch(() => []);
  return {
    headers,
    text: "This mail could not be read. It is attached as it came.",
    attachments: [{ fileName: "message.eml", mimeType: "message/rfc822", isInline: false, content: source }],
  };
}

const SHOWN_HEADERS =
  /^(from|sender|to|cc|subject|date|message-id|in-reply-to|references|reply-to|auto-submitted|precedence|list-id|return-path)\s*:/i;

async function headersOf(source: Uint8Array): Promise<ParsedMail["headers"]> {
  const start = Buffer.from(source.subarray(0, MAX_HEADER_BLOCK_BYTES)).toString("latin1");
  const block = start.split(/\r?\n\r?\n/, 1)[0]!;
  // Without its last line, which may be cut off, and without what would begin parts.
  const lines: string[] = block.split(/\r?\n(?![ \t])/);
  const kept = lines.filter((line) => SHOWN_HEADERS.test(line) && line.length < 8000).slice(0, 100);
  return headerPairs(await PostalMime.parse(Buffer.from(`${kept.join("\r\n")}\r\n\r\n`, "latin1")));
}

const headerPairs = ({ headers }: Email): ParsedMail["headers"] =>
  headers.map(({ key, value }) => [key, value] as const);

const toParsed = (email: Email, source: Uint8Array): ParsedMail => ({
  headers: headerPairs(email),
  text: email.text,
  html: email.html,
  attachments: email.attachments.map(toAttachment),
  source,
});

function toAttachment({ filename, mimeType, contentId, disposition, content }: Attachment): ParsedAttachment {
  return {
    fileName: filename ?? undefined,
    mimeType,
    contentId,
    isInline: disposition === "inline",
    content: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
  };
}

/** A header block alone, as SendGrid gives it. */
export async function parseHeaders(block: string): Promise<ParsedMail["headers"]> {
  return headerPairs(await PostalMime.parse(`${block.trimEnd()}\r\n\r\n`, { maxHeadersSize: MAX_HEADERS_BYTES }));
}

/** An image in the HTML itself may be longer than all that is read: its tag is left out whole. */
function beginningOf(html: string): string {
  if (html.length <= MAX_HTML) return html;
  const start = html.slice(0, MAX_HTML);
  const tag = start.lastIndexOf("<");
  return tag > start.lastIndexOf(">") ? start.slice(0, tag) : start;
}

/** The text of HTML. The library converts it beside a text of a mail, so it is given such a mail. */
export async function plainText(html: string): Promise<string> {
  const body = Buffer.from(withoutHidden(beginningOf(html)))
    .toString("base64")
    .replaceAll(/.{76}/g, "$&\r\n");
  const { text = "" } = await PostalMime.parse(
    [
      'content-type: multipart/mixed; boundary="part"',
      "",
      "--part",
      "content-type: text/plain",
      "",
      "",
      "--part",
      "content-type: text/html; charset=utf-8",
      "content-transfer-encoding: base64",
      "",
      body,
      "--part--",
      "",
    ].join("\r\n"),
  );
  return text.trim();
}

const HIDDEN = ["style", "script", "title"];

/** Without the elements whose content nobody reads. */
function withoutHidden(html: string): string {
  const folded = html.toLowerCase();
  // A letter whose lower case is longer would shift what follows.
  if (folded.length !== html.length) return html;
  let [kept, at] = ["", 0];
  const opening = new RegExp(`<(${HIDDEN.join("|")})\\b`, "g");
  for (let found = opening.exec(folded); found; found = opening.exec(folded)) {
    const end = folded.indexOf(`</${found[1]}`, found.index);
    kept += html.slice(at, found.index);
    if (end === -1) return kept;
    at = opening.lastIndex = end + found[1]!.length + 2;
    // The rest of the closing tag.
    const close = folded.indexOf(">", at);
    if (close === -1) return kept;
    at = opening.lastIndex = close + 1;
  }
  return kept + html.slice(at);
}
