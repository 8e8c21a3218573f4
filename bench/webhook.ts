/** Minimal signed webhooks in Meta's format: text messages, and a status of a sent one. */
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

function signedRequest(phoneNumberId: string, appSecret: string, content: object): HttpRequest {
  const value = {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: "15550783881", phone_number_id: phoneNumberId },
    ...content,
  };
  const body = JSON.stringify({
    object: "whatsapp_business_account",
    entry: [{ id: "102290129340398", changes: [{ value, field: "messages" }] }],
  });
  const signature = createHmac("sha256", appSecret).update(body).digest("hex");
  return {
    method: "POST",
    path: "/webhook",
    headers: { "content-type": "application/json", "x-hub-signature-256": `sha256=${signature}` },
    body,
  };
}
