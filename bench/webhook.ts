/** Minimal deliveries: signed ones in Meta's format (text messages, and a status of a sent one), and mails. */
import { createHmac, randomBytes } from "node:crypto";
import type { HttpRequest } from "./connection.ts";

export interface WebhookMessage {
  /** Digits. */
  from: string;
  text: string;
  at: number;
}

let n = 0;
const run = randomBytes(6).toString("hex");

export function webhookRequest(
  phoneNumberId: string,
  appSecret: string,
  messages: readonly WebhookMessage[],
): HttpRequest {
  const senders = [...new Set(messages.map((message) => message.from))];
  return signedRequest(phoneNumberId, appSecret, {
    contacts: senders.map((phone) => ({ profile: { name: `Customer ${phone}` }, wa_id: phone })),
    messages: messages.map(({ from, text, at }) => ({
      from,
      id: `wamid.${run}${(n++).toString(36)}`,
      timestamp: String(Math.floor(at / 1000)),
      type: "text",
      text: { body: text },
    })),
  });
}

export interface WebhookStatus {
  /** The channel's id of the message. */
  id: string;
  status: "delivered" | "read";
  /** Digits. */
  to: string;
  /** The reference that the sender gave the channel with the message. */
  reference: string;
}

export function statusRequest(
  phoneNumberId: string,
  appSecret: string,
  { id, status, to, reference }: WebhookStatus,
): HttpRequest {
  return signedRequest(phoneNumberId, appSecret, {
    statuses: [
      {
        id,
        status,
        timestamp: String(Math.floor(Date.now() / 1000)),
        recipient_id: to,
        biz_opaque_callback_data: reference,
      },
    ],
  });
}

/** One text message on a page of Messenger or an account of Instagram. */
export function messagingRequest(
  platform: "messenger" | "instagram",
  account: string,
  appSecret: string,
  { from, text, at }: WebhookMessage,
): HttpRequest {
  const message = { mid: `mid.${run}${(n++).toString(36)}`, text };
  const event = { sender: { id: from }, recipient: { id: account }, timestamp: at, message };
  const object = platform === "messenger" ? "page" : "instagram";
  return posted(`/webhook/${platform}`, appSecret, { object, entry: [{ id: account, time: at, messaging: [event] }] });
}

/** A short mail of text in the sender's thread. */
export function mailRequest(address: string, secret: string, { from, text, at }: WebhookMessage): HttpRequest {
  const lines = [
    `From: Customer ${from} <${from}@customer.test>`,
    `To: ${address}`,
    `Subject: Order of ${from}`,
    `Date: ${new Date(at).toUTCString()}`,
    `Message-ID: <${run}${(n++).toString(36)}@customer.test>`,
    `References: <thread.${from}@customer.test>`,
    "Content-Type: text/plain; charset=utf-8",
    "",
    text,
  ];
  return {
    method: "POST",
    path: `/webhook/email/${address}/${secret}`,
    headers: { "content-type": "message/rfc822" },
    body: lines.join("\r\n"),
  };
}

function signedRequest(phoneNumberId: string, appSecret: string, content: object): HttpRequest {
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550783881", phone_number_id: phoneNumberId },
    ...content,
  };
  return posted("/webhook", appSecret, {
    object: "whatsapp_business_account",
    entry: [{ id: "102290129340398", changes: [{ value, field: "messages" }] }],
  });
}

function posted(path: string, appSecret: string, payload: object): HttpRequest {
  const body = JSON.stringify(payload);
  const signature = createHmac("sha256", appSecret).update(body).digest("hex");
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
    body,
  };
}
