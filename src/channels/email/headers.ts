import { defined } from "../json";
import { ADDRESS, foldAddress, type MailAddress } from "./address";
import type { ParsedMail } from "./mail";

/** Reads headers of mails, which anybody writes. Pure, and linear in their length. */

export const headerOf = ({ headers }: Pick<ParsedMail, "headers">, name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

export const headersOf = ({ headers }: Pick<ParsedMail, "headers">, name: string): string[] =>
  headers.filter(([key]) => key === name).map(([, value]) => value);

const MAX_IDS = 100;
/** RFC 5322 allows lines of 998 characters; a longer id is none. */
const MESSAGE_ID = /<([^<>\s]{1,900})>/g;

/** The ids in a header, without angle brackets; for a header without brackets its words. */
export function idsIn(value: string | undefined): string[] {
  if (value === undefined) return [];
  const ids = Array.from(value.slice(0, 100_000).matchAll(MESSAGE_ID), ([, id]) => id!);
  if (ids.length > 0) return [...new Set(ids)].slice(-MAX_IDS);
  const words = value
    .trim()
    .split(/\s+/)
    .filter((word) => /^[^<>@\s]{1,400}@[^<>@\s]{1,400}$/.test(word));
  return [...new Set(words)].slice(-MAX_IDS);
}

/** The form of an address as the library parses it. */
interface ParsedAddress {
  name?: string | undefined;
  address?: string | undefined;
  group?: readonly ParsedAddress[] | undefined;
}

const MAX_ADDRESSES = 200;
/** The library takes time by a power of their length, and of the number of groups in it. */
const MAX_ADDRESS_CHARS = 8000;
const MAX_GROUPS = 50;

/** The beginning of a header of addresses that is parsed in no time. */
export function boundedAddresses(value: string): string {
  const short = value.slice(0, MAX_ADDRESS_CHARS);
  let end = -1;
  for (let groups = 0; groups <= MAX_GROUPS; groups++) {
    end = short.indexOf(":", end + 1);
    if (end === -1) return short;
  }
  return short.slice(0, end);
}

/** The addresses of a header, groups resolved. Entries that are no address are left out. */
export function addressesIn(parsed: readonly ParsedAddress[]): MailAddress[] {
  const flat = parsed.flatMap((one) => one.group ?? [one]);
  return flat
    .slice(0, MAX_ADDRESSES)
    .flatMap(({ name, address = "" }) =>
      ADDRESS.test(address.trim())
        ? [defined({ address: foldAddress(address), name: cleanName(name) }) as unknown as MailAddress]
        : [],
    );
}

/** A name as it is shown: without control and direction characters. */
export function cleanName(name: string | undefined): string | undefined {
  const clean = (name ?? "")
    .slice(0, 400)
    .toWellFormed()
    .replaceAll(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, "")
    .trim()
    .slice(0, 200)
    .toWellFormed();
  return clean === "" ? undefined : clean;
}

const PREFIX =
  /^\s{0,20}(?:re|fwd?|aw|wg|sv|vs|vb|antw|odp|res|enc|rif|ref|tr|doorst|ynt|回复|回覆|答复|转发|轉寄)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]/i;

/** The subject without `Re:` and the like, folded; undefined if nothing is left that could be compared. */
export function comparableSubject(subject: string): string | undefined {
  let rest = subject.slice(0, 500);
  for (let n = 0; n < 20 && PREFIX.test(rest); n++) rest = rest.replace(PREFIX, "");
  const folded = rest.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();
  return folded === "" ? undefined : folded;
}

/** Whether a program wrote the mail (RFC 3834 and what older programs write), or a list passes it on. */
export function isAutomated(mail: ParsedMail): boolean {
  const says = (name: string): string | undefined => headerOf(mail, name)?.trim().toLowerCase();
  const submitted = says("auto-submitted");
  if (submitted !== undefined && submitted !== "" && !submitted.startsWith("no")) return true;
  if (/^(bulk|list|junk|auto[_-]reply)\b/.test(says("precedence") ?? "")) return true;
  const marks = [
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply",
    "x-auto-response-suppress",
    "list-id",
    "list-unsubscribe",
    "x-failed-recipients",
    "feedback-id",
  ];
  if (marks.some((name) => !["", "no", "none"].includes(says(name) ?? ""))) return true;
  if (says("return-path") === "<>" || mail.envelopeFrom === "<>" || mail.envelopeFrom === "") return true;
  return /^multipart\/report\b/.test(says("content-type") ?? "") || /^(mailer-daemon|postmaster)@/.test(senderOf(mail));
}

const senderOf = (mail: ParsedMail): string =>
  foldAddress(/<([^<>\s]{1,320})>/.exec(headerOf(mail, "from") ?? "")?.[1] ?? headerOf(mail, "from") ?? "");
