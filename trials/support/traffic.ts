/** Makes webhooks in Meta's format without a simulator's state, so that the same ones can be resent after a crash. */
import { userIdOf } from "../../simulators/graph/ids.ts";
import type { Json, PhoneNumber } from "../../simulators/graph/state.ts";
import {
  type Change,
  inboundValue,
  payloadOf,
  seconds,
  signatureOf,
  statusValue,
} from "../../simulators/graph/webhook.ts";

export interface Inbound {
  from: string;
  id: string;
  /** Milliseconds; the webhook has whole seconds. */
  at: number;
  text: string;
}

export interface Status {
  /** The channel's id of our message. */
  id: string;
  /** The person, as `Inbound.from`. */
  to: string;
  status: "sent" | "delivered" | "read" | "failed";
  at: number;
  reference?: string;
}

/** Makes `each` messages per conversation. Message k has the text "k" and is one second later than its predecessor. */
export function conversationsOf(count: number, each: number, startAt: number, prefix = "62811"): Inbound[] {
  return Array.from({ length: count * each }, (_, i) => {
    const [who, k] = [i % count, Math.floor(i / count)];
    const from = `${prefix}${String(who).padStart(8, "0")}`;
    return { from, id: `${from}.${k}`, at: startAt + k * 1000, text: String(k) };
  });
}

/** Shuffles with a seeded generator (mulberry32), so that a seed gives one order. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

export function inPortions<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** The body of one WhatsApp delivery with all items. */
export function deliveryOf(phoneNumberId: string, items: readonly (Inbound | Status)[]): string {
  const number: PhoneNumber = {
    id: phoneNumberId,
    wabaId: phoneNumberId.slice(0, 14),
    displayPhoneNumber: "15550783881",
    verifiedName: "Shop",
    registered: true,
    health: {},
  };
  const change = (value: Json): Change => ({ wabaId: number.wabaId, field: "messages", value });
  const messages = items.filter((item) => "from" in item);
  const statuses = items.filter((item) => "to" in item);
  const person = (phone: string) => ({ phone, userId: userIdOf(phone), name: `Customer ${phone.slice(-4)}` });
  const changes: Change[] = [];
  if (messages.length > 0) {
    const people = [...new Map(messages.map(({ from }) => [from, person(from)])).values()];
    const contents = messages.map(({ from, id, at, text }) => ({
      from,
      from_user_id: userIdOf(from),
      id,
      timestamp: seconds(at),
      type: "text",
      text: { body: text },
    }));
    changes.push(change(inboundValue(number, people, contents)));
  }
  if (statuses.length > 0) {
    const contents = statuses.map(({ id, to, status, at, reference }) => ({
      id,
      status,
      timestamp: seconds(at),
      recipient_id: to,
      ...(reference && { biz_opaque_callback_data: reference }),
      ...(status === "failed" && { errors: [{ code: 131026, title: "Message undeliverable" }] }),
    }));
    changes.push(change(statusValue(number, [], contents)));
  }
  return payloadOf(changes, "none", Date.now());
}

export async function webhookRequest(url: string, body: string, appSecret: string): Promise<Request> {
  return new Request(`${url}/webhook`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-signature-256": await signatureOf(body, appSecret) },
    body,
  });
}
