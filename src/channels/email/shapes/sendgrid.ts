import { isRecord, parseJson, textOf } from "../../json";
import type { MailStatus, ParsedMail } from "../mail";
import { parseHeaders, parseMime } from "../mime";
import { type MailForm, textIn, withContentIds } from "./form";

/** SendGrid: Inbound Parse posts a form, parsed or with the mail as `email`; events are a JSON array. */

export const isSendgridForm = ({ fields }: MailForm): boolean =>
  fields.has("email") ||
  (fields.has("headers") && fields.has("envelope")) ||
  (fields.has("headers") && fields.has("from"));

export async function readSendgrid(form: MailForm): Promise<{ recipients: string[]; mail: ParsedMail }> {
  const { recipients, envelopeFrom } = envelopeOf(form);
  const raw = form.fields.get("email");
  if (raw) return { recipients, mail: { ...(await parseMime(withoutFirstBreak(raw))), envelopeFrom } };
  const charsets = jsonIn(form, "charsets");
  const inCharset = (name: string): string | undefined => textIn(form, name, textOf(charsets[name]));
  const block = await parseHeaders(textIn(form, "headers") ?? "");
  const given = ["from", "to", "cc", "subject"].flatMap((name) => {
    const value = block.some(([key]) => key === name) ? undefined : inCharset(name);
    return value === undefined
      ? []
      : [
          [
            name,
            value
              .split(/[\r\n]/)
              .map((line) => line.trim())
              .join(" "),
          ] as const,
        ];
  });
  const contentIds = jsonIn(form, "content-ids");
  const info = jsonIn(form, "attachment-info");
  const byField = new Map<string, string>();
  for (const [id, field] of Object.entries(contentIds)) byField.set(textOf(field) ?? "", id);
  for (const [field, one] of Object.entries(info)) {
    const id = isRecord(one) ? textOf(one["content-id"]) : undefined;
    if (id !== undefined) byField.set(field, id);
  }
  const mail: ParsedMail = {
    headers: [...block, ...given],
    text: inCharset("text"),
    html: inCharset("html"),
    attachments: withContentIds(form.files, (field) => byField.get(field)),
    envelopeFrom,
  };
  return { recipients, mail };
}

const withoutFirstBreak = (raw: Buffer): Buffer => raw.subarray(raw[0] === 13 ? 2 : raw[0] === 10 ? 1 : 0);

function jsonIn(form: MailForm, name: string): Record<string, unknown> {
  const value = parseJson(textIn(form, name) ?? "{}");
  return isRecord(value) ? value : {};
}

function envelopeOf(form: MailForm): { recipients: string[]; envelopeFrom: string | undefined } {
  const { to, from } = jsonIn(form, "envelope");
  const recipients = Array.isArray(to) ? to.flatMap((each: unknown) => textOf(each) ?? []) : [];
  return { recipients, envelopeFrom: typeof from === "string" ? from : undefined };
}

const STATUSES: Record<string, MailStatus["status"]> = {
  processed: "sent",
  delivered: "delivered",
  bounce: "failed",
  dropped: "failed",
};

export const isSendgridEvents = (payload: unknown): payload is Record<string, unknown>[] =>
  Array.isArray(payload) &&
  payload.length > 0 &&
  payload.every((one) => isRecord(one) && textOf(one.event) !== undefined);

export function sendgridEvents(events: readonly Record<string, unknown>[]): MailStatus[] {
  return events.flatMap((event) => {
    const status = STATUSES[textOf(event.event) ?? ""];
    const id = textOf(event["smtp-id"])?.replaceAll(/[<>]/g, "") ?? textOf(event.sg_message_id);
    if (status === undefined || id === undefined) return [];
    return [
      {
        externalId: id,
        messageIds: [],
        status,
        at: Number(event.timestamp) * 1000,
        ...(status === "failed" && {
          failure: {
            code: textOf(event.status) ?? "bounced",
            title: `${textOf(event.email) ?? ""}: ${textOf(event.reason) ?? "It could not be delivered"}`.slice(0, 500),
          },
        }),
      },
    ];
  });
}
