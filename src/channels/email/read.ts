import { clock } from "../../kit/clock";
import { nestingOf, readJson } from "../../kit/body";
import type { RawDelivery } from "../channel";
import { isRecord } from "../json";
import { splitToken } from "./address";
import { addressParser } from "postal-mime";
import { addressesIn, boundedAddresses, headersOf } from "./headers";
import { takeLargeFiles } from "./large";
import { TooIntricateError } from "./lines";
import type { KeepPart, KeepStream, Mail, MailDelivery, MailStatus, ParsedMail } from "./mail";
import { parseMime, parseSkeleton, unreadable } from "./mime";
import { normalise } from "./normalise";
import { isForm, readForm } from "./shapes/form";
import { isMailgunForm, mailgunEvents, mailgunFormEvents, readMailgun } from "./shapes/mailgun";
import { isPostmarkMail, postmarkEvents, readPostmark } from "./shapes/postmark";
import { resendAnnouncement, resendEvents } from "./shapes/resend";
import { isSendgridEvents, isSendgridForm, readSendgrid, sendgridEvents } from "./shapes/sendgrid";

/** Reads deliveries of every transport. Loaded at the first one, since the library for MIME weighs much. */

export { parseMime };

/** A delivery as it was read, before its parts are stored. Nothing in it is trusted yet. */
export interface ReadDelivery {
  /** The addresses that the mail was delivered to, as the envelope or else its headers say. */
  recipients: string[];
  /** The envelope said so, so there are no others. */
  isEnvelope?: boolean;
  mail?: ParsedMail;
  /** The provider's id of a mail that is to be fetched. */
  announced?: string;
  statuses: MailStatus[];
  unknown?: { reason: string; raw: unknown };
}

const MAX_DEPTH = 32;

/** Throws for a body that is malformed. */
export async function readDelivery(delivery: RawDelivery): Promise<ReadDelivery> {
  const read = await readBody(delivery);
  if (read.recipients.length > 0) return { ...read, recipients: plainAddresses(read.recipients), isEnvelope: true };
  return read.mail ? { ...read, recipients: recipientsIn(read.mail) } : read;
}

const plainAddresses = (texts: readonly string[]): string[] =>
  addressesIn(addressParser(boundedAddresses(texts.join(", ")))).map(({ address }) => address);

async function readBody(delivery: RawDelivery): Promise<ReadDelivery> {
  const type = delivery.headers.get("content-type") ?? "";
  if (isForm(delivery.headers)) return readFormDelivery(delivery);
  if (/^application\/([\w.-]+\+)?json\b/i.test(type)) return readJsonDelivery(delivery);
  return { recipients: [], mail: await parseMime(delivery.body), statuses: [] };
}

/** A mail that is stored already, of which no more than a part is in memory. `source`: the stored bytes. */
export async function readLarge(
  source: AsyncIterable<Uint8Array>,
  keep: KeepStream,
  keptSource: NonNullable<ParsedMail["keptSource"]>,
): Promise<ParsedMail> {
  try {
    return await parseSkeleton(await takeLargeFiles(source, keep), keptSource);
  } catch (error) {
    if (!(error instanceof TooIntricateError)) throw error;
    return { ...(await unreadable(error.start)), attachments: [], keptSource };
  }
}

/** The delivery of a mail; `recipients` as the envelope says, or undefined where only headers do. */
export const deliveryOf = (mail: ParsedMail, recipients?: readonly string[], envelopeFrom?: string): ReadDelivery =>
  recipients
    ? { recipients: plainAddresses(recipients), isEnvelope: true, mail: { ...mail, envelopeFrom }, statuses: [] }
    : { recipients: recipientsIn(mail), mail, statuses: [] };

const recipientsIn = (mail: ParsedMail): string[] =>
  plainAddresses(["delivered-to", "x-original-to", "to", "cc"].flatMap((name) => headersOf(mail, name)));

async function readFormDelivery(delivery: RawDelivery): Promise<ReadDelivery> {
  const form = await readForm(delivery);
  const events = mailgunFormEvents(form);
  if (events) return { recipients: [], statuses: events };
  const read = isMailgunForm(form)
    ? await readMailgun(form)
    : isSendgridForm(form)
      ? await readSendgrid(form)
      : undefined;
  if (read) return { ...read, statuses: [] };
  const fields = Object.fromEntries(
    [...form.fields].map(([name, value]) => [name, value.toString("utf8").slice(0, 500)]),
  );
  return { recipients: [], statuses: [], unknown: { reason: "form", raw: fields } };
}

async function readJsonDelivery({ body }: RawDelivery): Promise<ReadDelivery> {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body);
  if (nestingOf(text) > MAX_DEPTH) throw new Error("the payload is nested too deeply");
  const payload = readJson(text);
  if (isSendgridEvents(payload)) return { recipients: [], statuses: sendgridEvents(payload) };
  if (!isRecord(payload)) return { recipients: [], statuses: [], unknown: { reason: "json", raw: payload } };
  if (isPostmarkMail(payload)) return { ...(await readPostmark(payload)), statuses: [] };
  const announced = resendAnnouncement(payload);
  if (announced) return { recipients: announced.recipients, announced: announced.id, statuses: [] };
  const statuses = postmarkEvents(payload) ?? resendEvents(payload) ?? mailgunEvents(payload);
  return statuses
    ? { recipients: [], statuses }
    : { recipients: [], statuses: [], unknown: { reason: "json", raw: payload } };
}

/** The delivery for these accounts, with its parts stored. */
export async function toDelivery(
  { recipients, mail, statuses, unknown }: ReadDelivery,
  accounts: readonly string[],
  keep: KeepPart,
): Promise<MailDelivery> {
  const now = clock.now();
  const mails: Mail[] = mail ? [await normalise(mail, keep, now)] : [];
  const token = recipients
    .map(splitToken)
    .find((each) => each.token !== undefined && accounts.includes(each.address))?.token;
  return {
    accounts: [...accounts],
    ...(token !== undefined && { token }),
    mails,
    statuses: statuses.map((status) => ({ ...status, at: Number.isNaN(status.at) ? now : Math.min(status.at, now) })),
    ...(unknown && { unknown }),
  };
}

/** The addresses without their tokens. */
export const addressesOf = ({ recipients }: Pick<ReadDelivery, "recipients">): string[] => [
  ...new Set(recipients.map((recipient) => splitToken(recipient).address)),
];
