import type { RawDelivery } from "../../channel";
import { isRecord, parseJson, textOf } from "../../json";
import type { MailStatus, ParsedMail } from "../mail";
import { parseMime } from "../mime";
import { isForm, type MailForm, readForm, textIn, withContentIds } from "./form";

/** Mailgun: routes post a form, parsed or with the mail as `body-mime`; events are JSON. */

export interface MailgunStamp {
  timestamp: string;
  token: string;
  signature: string;
}

/** Where a body says who has signed it; undefined for a body of another provider. */
export async function mailgunStamp(delivery: RawDelivery): Promise<MailgunStamp | undefined> {
  const values = isForm(delivery.headers) ? await stampInForm(delivery) : stampInJson(delivery);
  const { timestamp, token, signature } = values ?? {};
  return timestamp && token && signature ? { timestamp, token, signature } : undefined;
}

async function stampInForm(delivery: RawDelivery): Promise<Partial<MailgunStamp> | undefined> {
  const form = await readForm(delivery).catch(() => undefined);
  if (!form) return undefined;
  const [timestamp, token, signature] = ["timestamp", "token", "signature"].map((name) => textIn(form, name) ?? "");
  return { timestamp: timestamp!, token: token!, signature: signature! };
}

function stampInJson({ body }: RawDelivery): Partial<MailgunStamp> | undefined {
  const payload = parseJson(Buffer.from(body).toString("utf8"));
  const signature = isRecord(payload) && isRecord(payload.signature) ? payload.signature : undefined;
  if (!signature) return undefined;
  return {
    timestamp: textOf(signature.timestamp) ?? "",
    token: textOf(signature.token) ?? "",
    signature: textOf(signature.signature) ?? "",
  };
}

export const isMailgunForm = ({ fields }: MailForm): boolean =>
  !fields.has("event") &&
  (fields.has("body-mime") || fields.has("message-headers") || (fields.has("recipient") && fields.has("body-plain")));

export async function readMailgun(form: MailForm): Promise<{ recipients: string[]; mail: ParsedMail }> {
  const recipients = (textIn(form, "recipient") ?? "").split(",").filter((each) => each.trim() !== "");
  const envelopeFrom = textIn(form, "sender");
  const raw = form.fields.get("body-mime");
  if (raw) return { recipients, mail: { ...(await parseMime(raw)), envelopeFrom } };
  const named = parseJson(textIn(form, "content-id-map") ?? "{}");
  const contentIds = new Map(
    Object.entries(isRecord(named) ? named : {}).map(([id, field]) => [textOf(field) ?? "", id] as const),
  );
  const mail: ParsedMail = {
    headers: headersIn(form),
    text: textIn(form, "body-plain"),
    html: textIn(form, "body-html"),
    attachments: withContentIds(form.files, (field) => contentIds.get(field)),
    envelopeFrom,
  };
  return { recipients, mail };
}

function headersIn(form: MailForm): ParsedMail["headers"] {
  const listed = parseJson(textIn(form, "message-headers") ?? "[]");
  const pairs = (Array.isArray(listed) ? listed : []).flatMap((pair: unknown) => {
    const [name, value] = Array.isArray(pair) ? pair.map(textOf) : [];
    return name !== undefined && value !== undefined ? [[name.toLowerCase(), value] as const] : [];
  });
  if (pairs.length > 0) return pairs;
  return ["from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "reply-to"].flatMap(
    (name) => {
      const field = [...form.fields.keys()].find((key) => key.toLowerCase() === name);
      const value = field === undefined ? undefined : textIn(form, field);
      return value === undefined ? [] : [[name, value] as const];
    },
  );
}

/** Events as Mailgun posted them before they were JSON; undefined for another form. */
export function mailgunFormEvents(form: MailForm): MailStatus[] | undefined {
  const event = textIn(form, "event");
  if (event === undefined || !form.fields.has("token")) return undefined;
  const severity = /soft|temporary/.test(textIn(form, "reason") ?? "") ? "temporary" : "permanent";
  const status = statusOf({ event: ["dropped", "bounced"].includes(event) ? "failed" : event, severity });
  const id = textIn(form, "Message-Id") ?? textIn(form, "message-id");
  if (status === undefined || id === undefined) return [];
  const words = textIn(form, "error") ?? textIn(form, "description") ?? "It could not be delivered";
  return [
    {
      externalId: id.replaceAll(/[<>]/g, ""),
      messageIds: [],
      status,
      at: Number(textIn(form, "timestamp")) * 1000,
      ...(status === "failed" && {
        failure: {
          code: textIn(form, "code") ?? "bounced",
          title: `${textIn(form, "recipient") ?? ""}: ${words}`.slice(0, 500),
        },
      }),
    },
  ];
}

/** `undefined`: it is no event of Mailgun; empty: one that changes no status. */
export function mailgunEvents(payload: Record<string, unknown>): MailStatus[] | undefined {
  const event = payload["event-data"];
  if (!isRecord(event)) return undefined;
  const message = isRecord(event.message) ? event.message : {};
  const id = isRecord(message.headers) ? textOf(message.headers["message-id"]) : undefined;
  const status = statusOf(event);
  if (id === undefined || status === undefined) return [];
  const delivery = isRecord(event["delivery-status"]) ? event["delivery-status"] : {};
  const words =
    textOf(delivery.description) ?? textOf(delivery.message) ?? textOf(event.reason) ?? "It could not be delivered";
  return [
    {
      externalId: id.replaceAll(/[<>]/g, ""),
      messageIds: [],
      status,
      at: Math.round(Number(event.timestamp) * 1000),
      ...(status === "failed" && {
        failure: {
          code: textOf(delivery.code) ?? "bounced",
          title: `${textOf(event.recipient) ?? ""}: ${words}`.slice(0, 500),
        },
      }),
    },
  ];
}

function statusOf({ event, severity }: Record<string, unknown>): MailStatus["status"] | undefined {
  if (event === "delivered" || event === "accepted") return event === "delivered" ? "delivered" : "sent";
  return (event === "failed" && severity !== "temporary") || event === "rejected" ? "failed" : undefined;
}
