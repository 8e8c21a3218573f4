/** The format and signature of webhooks. Meta: WhatsApp webhooks, messages; Graph webhooks, validating payloads. */
import type { Customer, GraphState, Json, PhoneNumber, ReceivedMessage } from "./state.ts";
import { statusError } from "./errors.ts";

/** One element of `changes[]`, with its account and number. */
export interface Change {
  wabaId: string;
  field: string;
  value: Json;
}

/** How a batch is split: one change per number, a change per item, or an entry per item. */
export type BatchSplit = "none" | "changes" | "entries";

export function inboundValue(number: PhoneNumber, customers: Customer[], messages: Json[]): Json {
  return { ...envelope(number), contacts: [...new Set(customers)].map(contactOf), messages };
}

export function statusValue(number: PhoneNumber, customers: Customer[], statuses: Json[]): Json {
  // A failed status has no contact. Meta: business-scoped user ids.
  const contacts = [...new Set(customers)].map(contactOf);
  return { ...envelope(number), ...(contacts.length > 0 && { contacts }), statuses };
}

function envelope(number: PhoneNumber): Json {
  return {
    messaging_product: "whatsapp",
    metadata: { display_phone_number: number.displayPhoneNumber, phone_number_id: number.id },
  };
}

function contactOf(customer: Customer): Json {
  return {
    profile: { name: customer.name, ...(customer.username && { username: customer.username }) },
    ...(customer.phone && { wa_id: customer.phone }),
    user_id: customer.userId,
  };
}

/**
 * A status object. Meta: Cloud API, status webhook (v24.0: no `conversation`; `pricing` on sent and on one of delivered
 * and read).
 */
export function statusOf(message: ReceivedMessage, status: string, at: number, code?: number): Json {
  const template = message.type === "template";
  return {
    id: message.wamid,
    status,
    timestamp: seconds(at),
    ...(message.to && { recipient_id: message.to }),
    ...(message.recipientUserId && { recipient_user_id: message.recipientUserId }),
    ...(message.biz_opaque_callback_data !== undefined && {
      biz_opaque_callback_data: message.biz_opaque_callback_data,
    }),
    ...((status === "sent" || status === "delivered") && {
      pricing: {
        billable: template,
        pricing_model: "PMP",
        type: template ? "regular" : "free_customer_service",
        category: template ? "utility" : "service",
      },
    }),
    ...(status === "failed" && { errors: [statusError(code ?? 131000)] }),
  };
}

/** Converts milliseconds to Meta's timestamp, a string of unix seconds. */
export function seconds(at: number): string {
  return String(Math.floor(at / 1000));
}

/**
 * Serialises a payload as Meta does: non-ASCII characters and slashes are escaped before signing, so that an app that
 * checks the signature over a reserialised body fails here too.
 */
export function payloadOf(changes: Change[], split: BatchSplit, at: number): string {
  const entry: { id: string; time: number; changes: Json[] }[] = [];
  for (const { wabaId, field, value } of changes) {
    const open = split === "entries" ? undefined : entry.find(({ id }) => id === wabaId);
    const change = { value, field };
    if (open) open.changes.push(change);
    else entry.push({ id: wabaId, time: Math.floor(at / 1000), changes: [change] });
  }
  return escaped({ object: "whatsapp_business_account", entry });
}

export function escaped(payload: Json): string {
  return JSON.stringify(payload)
    .replace(/[\u007f-\uffff]/g, (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"))
    .replaceAll("/", "\\/");
}

export async function signatureOf(body: string, appSecret: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(appSecret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return "sha256=" + toHex(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body))));
}

export function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The address for a change: the number's callback, else the account's, else the app's. Only messages can be redirected.
 * Undefined if the app has unsubscribed from the account. Meta: webhooks, override.
 */
export function callbackUrl(state: GraphState, change: Change, appUrl: string): string | undefined {
  const subscription = state.subscriptions.get(change.wabaId);
  if (subscription && !subscription.subscribed) return undefined;
  if (change.field !== "messages") return appUrl;
  const metadata = change.value.metadata as { phone_number_id?: string } | undefined;
  const number = state.numbers.get(metadata?.phone_number_id ?? "");
  return number?.callback?.url ?? subscription?.callback?.url ?? appUrl;
}
