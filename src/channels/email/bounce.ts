import { cut } from "../../kit/cut";
import { ADDRESS, foldAddress } from "./address";
import { headerOf, idsIn } from "./headers";
import type { Bounce, ParsedMail } from "./mail";

/** Delivery status notifications (RFC 3464). Pure. */

const MAX_REPORT_BYTES = 64 * 1024;

/** Reads a report about a mail that could not be delivered; undefined if the mail reports no failure. */
export function bounceOf(mail: ParsedMail): Bounce | undefined {
  const report = mail.attachments.find(({ mimeType }) => mimeType === "message/delivery-status");
  const isReport = report !== undefined || headerOf(mail, "x-failed-recipients") !== undefined;
  if (!isReport) return undefined;
  const fields = textOf(report?.content);
  const action = fieldIn(fields, "action")?.toLowerCase();
  // A delay is no failure, and neither is a receipt.
  if (action !== undefined && action !== "failed") return undefined;
  const of = originalId(mail);
  if (of === undefined) return undefined;
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fieldIn(fields, "status") ?? "")?.[0] ?? "bounced";
  const diagnosis = fieldIn(fields, "diagnostic-code")?.replace(/^smtp;\s*/i, "");
  const recipient =
    fieldIn(fields, "final-recipient")?.replace(/^rfc822;\s*/i, "") ?? headerOf(mail, "x-failed-recipients");
  const words = diagnosis ?? "The mail could not be delivered";
  const isGone = recipient !== undefined && isNoMailbox(status) && ADDRESS.test(recipient);
  return {
    of,
    code: status,
    title: cut(recipient === undefined ? words : `${recipient}: ${words}`, 500),
    ...(isGone && { gone: foldAddress(recipient) }),
  };
}

/** Whether a status code (RFC 3463) says that the mailbox or its domain does not exist, or takes no mail for good. */
export const isNoMailbox = (status: string): boolean => /^5\.(1\.([1236]|10)|2\.1)$/.test(status);

/** The report contains the mail that it is about, or at least its headers. */
function originalId(mail: ParsedMail): string | undefined {
  const returned = mail.attachments.filter(({ mimeType }) =>
    ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"].includes(mimeType),
  );
  const named = returned.map(({ content }) => idsIn(fieldIn(textOf(content), "message-id"))[0]).find(Boolean);
  return named ?? idsIn(headerOf(mail, "in-reply-to"))[0] ?? idsIn(headerOf(mail, "references")).at(-1);
}

const textOf = (content: Uint8Array | undefined): string =>
  content === undefined ? "" : Buffer.from(content.subarray(0, MAX_REPORT_BYTES)).toString("utf8");

/** A field of a report, with its folded lines. */
function fieldIn(text: string, name: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => line.toLowerCase().startsWith(`${name}:`));
  if (at === -1) return undefined;
  let value = lines[at]!.slice(name.length + 1);
  for (let next = at + 1; next < lines.length && /^[ \t]/.test(lines[next]!) && value.length < 4000; next++)
    value += ` ${lines[next]!.trim()}`;
  return value.trim();
}
