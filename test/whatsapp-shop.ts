import { expect } from "vitest";
import { env } from "cloudflare:workers";
import { payloadOf, signatureOf } from "../simulators/graph/webhook.ts";
import { conversationIdOf } from "../src/domain/ids";
import { door, organization, phone } from "./harness";

/** The shop's own number. */
export const NUMBER = "6280000001";
/** Seconds. */
export const NOW = Math.floor(Date.now() / 1000);
let n = 0;
export const wamid = (): string => `wamid.A${Date.now()}${++n}`;

/** A shop with one number and one customer, and what WhatsApp delivers about them. Times are seconds from now. */
export async function shop() {
  const org = await organization();
  const account = await org.connect();
  const from = phone();
  const metadata = { phone_number_id: account.phoneNumberId, display_phone_number: NUMBER };
  const post = async (field: string, value: Record<string, unknown>): Promise<void> => {
    const change = { wabaId: "1", field, value: { messaging_product: "whatsapp", metadata, ...value } };
    const body = payloadOf([change], "none", Date.now());
    const signature = await signatureOf(body, "test-app-secret");
    const headers = { "content-type": "application/json", "x-hub-signature-256": signature };
    expect((await door("/webhook", { method: "POST", body, headers })).status).toBe(200);
  };
  const text = (body: string, at: number, more: Record<string, unknown> = {}) => ({
    id: wamid(),
    timestamp: String(NOW + at),
    type: "text",
    text: { body },
    ...more,
  });
  /** The customer writes; returns the channel's id. */
  const says = async (body: string, at: number, more: Record<string, unknown> = {}): Promise<string> => {
    const message = text(body, at, { from, ...more });
    await post("messages", { messages: [message] });
    return message.id;
  };
  /** The shop writes on its phone; returns the channel's id. */
  const echoes = async (body: string, at: number, more: Record<string, unknown> = {}): Promise<string> => {
    const message = text(body, at, { from: NUMBER, to: from, ...more });
    await post("smb_message_echoes", { message_echoes: [message] });
    return message.id;
  };
  const status = (id: string, word: string, at: number, more: Record<string, unknown> = {}) =>
    post("messages", {
      statuses: [{ id, status: word, timestamp: String(NOW + at), recipient_id: from, ...more }],
    });
  const id = conversationIdOf(org.id, account.id, `+${from}`);
  const path = `/api/conversations/${id}`;
  const thread = async (of = id): Promise<any[]> =>
    (await org.call("GET", `/api/conversations/${of}/messages?limit=100`)).body.messages ?? [];
  const conversation = async (): Promise<any> => (await org.call("GET", path)).body;
  return { org, account, from, id, path, post, text, says, echoes, status, thread, conversation };
}

/** The number of rows that are parked for an account. */
export const parkedOf = async (account: string): Promise<number> =>
  (await env.CONTROL_DB.prepare("SELECT count(*) AS n FROM parked_updates WHERE account = ?").bind(account).first<{
    n: number;
  }>())!.n;
export const words = (messages: any[]): string[] =>
  messages.map((message) => `${message.direction}: ${message.content.text}`);
