import type { AnswerThread, Content, LimitViolation, OutboundMessage, Party } from "../channel";
import { publicUrlFault } from "../../kit/public-url";
import { defined, isRecord, textOf } from "../json";
import { ADDRESS, foldAddress } from "./address";
import {
  MAX_ATTACHED_BYTES,
  MAX_ATTACHMENTS,
  MAX_RECIPIENTS,
  MAX_SIGNATURE,
  MAX_SUBJECT,
  MAX_TEXT,
} from "./capabilities";

/** Outbound mails in our terms: what they may contain, and what an answer has by itself. Pure. */

type Draft = Pick<OutboundMessage, "type" | "content">;

const FIELDS = [
  "text",
  "html",
  "subject",
  "to",
  "cc",
  "bcc",
  "reply_all",
  "attachments",
  "signature",
  "forward_of",
  "unsubscribe_url",
];
const TEXT_FIELDS = ["text", "preview_url", "subject", "to", "signature"];
/** As HTML names the file: `cid:…`. */
const CONTENT_ID = /^[\w.@-]{1,100}$/;

const addressesOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === "string").map(foldAddress) : [];

const answerSubject = (subject: string): string => (/^\s*re\s*:/i.test(subject) ? subject : `Re: ${subject}`.trim());

/** The message with recipients and subject, where it has none of its own, and with everybody where it answers to all. */
export function complete({ content }: Draft, thread: AnswerThread | null): Content {
  const { reply_all: toAll, ...written } = content;
  // A value of another form is refused by `check`.
  if (toAll !== undefined && typeof toAll !== "boolean") return content;
  // The agent names the recipients of a forwarded mail.
  const isForward = written.forward_of !== undefined;
  const to = written.to ?? (isForward ? undefined : thread?.to);
  const others = toAll && !isForward ? (thread?.others ?? []).filter((each) => !addressesOf(to).includes(each)) : [];
  const cc = others.length === 0 ? written.cc : [...new Set([...addressesOf(written.cc), ...others])];
  const subject = textOf(written.subject) ?? (thread ? answerSubject(thread.subject) : undefined);
  return defined({ ...written, subject, to, cc });
}

export const recipients = ({ to, cc, bcc }: Content): string[] => [...new Set([to, cc, bcc].flatMap(addressesOf))];

export function check({ type, content }: Draft): LimitViolation[] {
  const isMail = type === "email";
  const unknown = Object.keys(content)
    .filter((key) => !(isMail ? FIELDS : TEXT_FIELDS).includes(key))
    .slice(0, 20)
    .map((key) => ({ field: `content.${key.slice(0, 100)}`, message: "Unknown field" }));
  const bodies = ["text", "html"].filter((field) => textOf(content[field]) !== undefined);
  return [
    ...unknown,
    ...(content.forward_of !== undefined && addressesOf(content.to).length === 0
      ? [{ field: "content.to", message: "Required to forward a message" }]
      : []),
    ...(bodies.length === 0 ? [{ field: "content.text", message: "Required" }] : []),
    ...checkLine(content.subject, "content.subject", MAX_SUBJECT),
    ...checkText(content.text, "content.text"),
    ...checkText(content.html, "content.html"),
    ...checkText(content.signature, "content.signature", MAX_SIGNATURE),
    ...checkUnsubscribe(content.unsubscribe_url),
    ...(content.reply_all === undefined || typeof content.reply_all === "boolean"
      ? []
      : [{ field: "content.reply_all", message: "Must be true or false" }]),
    ...checkRecipients(content),
    ...checkAttachments(content.attachments),
  ];
}

function checkText(value: unknown, field: string, max = MAX_TEXT): LimitViolation[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string") return [{ field, message: "Must be text" }];
  return value.length > max ? [{ field, message: `Must have at most ${max} characters; it has ${value.length}` }] : [];
}

function checkUnsubscribe(value: unknown): LimitViolation[] {
  // Mail programs call it, we do not. Without TLS they only show it.
  const fault = value === undefined || value === null ? undefined : publicUrlFault(value, ["https:", "http:"]);
  return fault === undefined ? [] : [{ field: "content.unsubscribe_url", message: fault }];
}

function checkLine(value: unknown, field: string, maxLength: number): LimitViolation[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string" || value.length > maxLength || /\p{Cc}/u.test(value))
    return [{ field, message: `Must be one line of at most ${maxLength} characters` }];
  return [];
}

function checkRecipients(content: Content): LimitViolation[] {
  const fields = ["to", "cc", "bcc"] as const;
  const faults = fields.flatMap((name): LimitViolation[] => {
    const value = content[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return [{ field: `content.${name}`, message: "Must be a list of addresses" }];
    return value
      .slice(0, MAX_RECIPIENTS)
      .flatMap((one: unknown, index) =>
        typeof one === "string" && ADDRESS.test(one.trim())
          ? []
          : [{ field: `content.${name}.${index}`, message: "Must be an email address" }],
      );
  });
  const count = fields.reduce((sum, name) => sum + addressesOf(content[name]).length, 0);
  return count > MAX_RECIPIENTS
    ? [...faults, { field: "content.to", message: `At most ${MAX_RECIPIENTS} recipients in all; there are ${count}` }]
    : faults;
}

function checkAttachments(value: unknown): LimitViolation[] {
  const field = "content.attachments";
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_ATTACHMENTS)
    return [{ field, message: `Must be a list of at most ${MAX_ATTACHMENTS} files` }];
  const faults = value.flatMap((one: unknown, index) => {
    if (!isRecord(one) || textOf(one.media_id) === undefined)
      return [{ field: `${field}.${index}.media_id`, message: "Required" }];
    return one.content_id === undefined || (typeof one.content_id === "string" && CONTENT_ID.test(one.content_id))
      ? []
      : [{ field: `${field}.${index}.content_id`, message: "Must be letters, digits and . _ - @, without spaces" }];
  });
  const bytes = value.reduce((sum: number, one: unknown) => sum + (isRecord(one) ? Number(one.file_size ?? 0) : 0), 0);
  return bytes > MAX_ATTACHED_BYTES
    ? [...faults, { field, message: `At most ${MAX_ATTACHED_BYTES} bytes in all; there are ${bytes}` }]
    : faults;
}

/** A mail that a sender transmits. */
export interface ComposedMail {
  to: readonly string[];
  cc: readonly string[];
  bcc: readonly string[];
  subject: string;
  text: string;
  html?: string;
  references: readonly string[];
  /** Takes the recipient off the list by one POST (RFC 8058). */
  unsubscribeUrl?: string;
}

/**
 * A message as it is sent; a text is a mail too. A program's text is not completed before, so it is here. The plain part
 * of a mail that was written as HTML alone is `plain`.
 */
export function compose(
  { type, content, thread }: OutboundMessage,
  to: Party,
  accountSignature = "",
  plain = "",
): ComposedMail {
  const whole = complete({ type, content }, thread?.answer ?? null);
  const named = addressesOf(whole.to);
  const html = textOf(whole.html);
  const unsubscribeUrl = textOf(whole.unsubscribe_url);
  const signature = [textOf(whole.signature) ?? "", accountSignature].filter((each) => each !== "").join("\n");
  return {
    to: named.length > 0 ? named : [to.address ?? ""].filter((address) => address !== ""),
    cc: addressesOf(whole.cc),
    bcc: addressesOf(whole.bcc),
    subject: textOf(whole.subject) ?? "",
    text: signed(textOf(whole.text) ?? plain, signature),
    ...(html !== undefined && { html: signature === "" ? html : `${html}<br><br>-- <br>${escaped(signature)}` }),
    references: thread?.answer?.references ?? [],
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl: new URL(unsubscribeUrl).href }),
  };
}

const signed = (text: string, signature: string): string => (signature === "" ? text : `${text}\n\n-- \n${signature}`);

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\n", "<br>");
