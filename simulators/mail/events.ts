/** The events that providers post about a mail they accepted. */
import type { MailAccount, SentMail } from "./state.ts";

export type MailEvent = "sent" | "delivered" | "bounced";

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
    type: `email.${event}`,
    created_at: new Date(now).toISOString(),
    data: {
      email_id: mail.id,
      message_id: mail.messageId,
      from: mail.from,
      to: mail.to,
      subject: mail.subject,
      ...(mail.reference !== "" && { tags: { message: mail.reference } }),
      ...(event === "bounced" && {
        bounce: { type: "Permanent", subType: "General", message: "The mailbox does not exist." },
      }),
    },
  };
}

function postmarkEvent(mail: SentMail, event: MailEvent, now: number): unknown {
  const common = { MessageID: mail.id, Metadata: { message: mail.reference }, Tag: "", ServerID: 1 };
  const at = new Date(now).toISOString();
  if (event === "bounced")
    return {
      RecordType: "Bounce",
      Type: "HardBounce",
      TypeCode: 1,
      Description: "The server was unable to deliver your message",
      Details: "smtp;550 5.1.1 The mailbox does not exist",
      Email: mail.to[0],
      BouncedAt: at,
      ...common,
    };
  return { RecordType: "Delivery", Recipient: mail.to[0], DeliveredAt: at, Details: "250 OK", ...common };
}
