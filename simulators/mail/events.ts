/** The events that providers post about a mail they accepted. */
import { type CustomerMail } from "./compose.ts";
import type { MailAccount, SentMail } from "./state.ts";

export type MailEvent = "sent" | "delivered" | "delayed" | "opened" | "bounced" | "complained";

/** Mailboxes by their names: `bounce@`, `complain@`, `slow@`, `reader@`; `full@` takes nothing for the moment. */
const MAILBOXES: [RegExp, MailEvent[]][] = [
  [/^(bounce|bounced|nobody|full)\b/, ["bounced"]],
  [/^complain\b/, ["delivered", "complained"]],
  [/^slow\b/, ["delayed", "delivered"]],
  [/^reader\b/, ["delivered", "opened"]],
];

export function eventsOf({ provider, to }: SentMail): MailEvent[] {
  const found = MAILBOXES.find(([name]) => to.some((address) => name.test(address)))?.[1] ?? ["delivered"];
  // Reports come only of what could not be delivered, as mails.
  if (provider === "smtp" || provider === "cloudflare") return found.filter((event) => event === "bounced");
  return provider === "resend" ? ["sent", ...found] : found;
}

const isFull = ({ to }: SentMail): boolean => to.some((address) => /^full\b/.test(address));

/** The report of a failed delivery (RFC 3464), to the sender. */
export function bounceMail(mail: SentMail): CustomerMail {
  const recipient = mail.to.find((address) => MAILBOXES[0]![0].test(address)) ?? mail.to[0]!;
  const [status, words] = isFull(mail) ? ["5.2.2", "Mailbox full"] : ["5.1.1", "The mailbox does not exist"];
  const report = [
    "Reporting-MTA: dns; mail.simulator",
    "",
    `Final-Recipient: rfc822; ${recipient}`,
    "Action: failed",
    `Status: ${status}`,
    `Diagnostic-Code: smtp; 550 ${status} ${words}`,
    "",
  ].join("\r\n");
  return {
    from: "Mail Delivery System <mailer-daemon@mail.simulator>",
    to: mail.from,
    subject: "Undelivered Mail Returned to Sender",
    text: `Your mail to ${recipient} could not be delivered: ${words}`,
    headers: { "Auto-Submitted": "auto-replied" },
    attachments: [
      { name: "status.txt", type: "message/delivery-status", content: Buffer.from(report) },
      { name: "headers.txt", type: "text/rfc822-headers", content: Buffer.from(`Message-ID: ${mail.messageId}\r\n`) },
    ],
  };
}

/** The request that reports an event. Resend signs it; Postmark calls an address that proves itself. */
export async function eventRequest(
  mail: SentMail,
  event: MailEvent,
  account: MailAccount,
  webhookUrl: string,
  now: number,
): Promise<Request> {
  const url = new URL(webhookUrl);
  url.searchParams.set("account", account.address);
  const body = JSON.stringify(
    mail.provider === "resend" ? resendEvent(mail, event, now) : postmarkEvent(mail, event, now),
  );
  const headers = new Headers({ "content-type": "application/json" });
  if (mail.provider === "resend" && account.webhookSecret !== undefined)
    for (const [name, value] of Object.entries(await svixHeaders(body, account.webhookSecret, now)))
      headers.set(name, value);
  else url.searchParams.set("secret", account.inboundSecret);
  return new Request(url, { method: "POST", body, headers });
}

/** Standard Webhooks: `whsec_` and the key in base64. */
export async function svixHeaders(body: string, secret: string, now: number): Promise<Record<string, string>> {
  const id = `msg_${crypto.randomUUID()}`;
  const timestamp = String(Math.floor(now / 1000));
  const key = await crypto.subtle.importKey(
    "raw",
    Buffer.from(secret.replace(/^whsec_/, ""), "base64"),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signed = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(`${id}.${timestamp}.${body}`));
  return {
    "svix-id": id,
    "svix-timestamp": timestamp,
    "svix-signature": `v1,${Buffer.from(signed).toString("base64")}`,
  };
}

function resendEvent(mail: SentMail, event: MailEvent, now: number): unknown {
  return {
    type: event === "delayed" ? "email.delivery_delayed" : `email.${event}`,
    created_at: new Date(now).toISOString(),
    data: {
      email_id: mail.id,
      message_id: mail.messageId,
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      ...(mail.reference !== "" && { tags: { message: mail.reference } }),
      ...(event === "bounced" && {
        bounce: isFull(mail)
          ? { type: "Transient", subType: "MailboxFull", message: "The mailbox is full." }
          : { type: "Permanent", subType: "General", message: "The mailbox does not exist." },
      }),
    },
  };
}

function postmarkEvent(mail: SentMail, event: MailEvent, now: number): unknown {
  const common = { MessageID: mail.id, Metadata: { message: mail.reference }, Tag: "", ServerID: 1 };
  const at = new Date(now).toISOString();
  const bounce = { Email: mail.to[0], From: mail.from, BouncedAt: at, ...common };
  switch (event) {
    case "bounced":
      return {
        RecordType: "Bounce",
        Type: isFull(mail) ? "SoftBounce" : "HardBounce",
        TypeCode: isFull(mail) ? 4096 : 1,
        Description: "The server was unable to deliver your message",
        Details: isFull(mail) ? "smtp;552 5.2.2 Mailbox full" : "smtp;550 5.1.1 The mailbox does not exist",
        ...bounce,
      };
    case "delayed":
      return { RecordType: "Bounce", Type: "Transient", TypeCode: 2, Description: "Delayed", Details: "", ...bounce };
    case "complained":
      return { RecordType: "SpamComplaint", Type: "SpamComplaint", TypeCode: 512, ...bounce };
    case "opened":
      return { RecordType: "Open", FirstOpen: true, Recipient: mail.to[0], ReceivedAt: at, ...common };
    default:
      return { RecordType: "Delivery", Recipient: mail.to[0], DeliveredAt: at, Details: "250 OK", ...common };
  }
}
