import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../config";
import { UUID_PATTERN } from "../kit/id";

/**
 * The token by which an answer names its conversation: in the address that it is sent to (`support+token@…`), and in
 * the Message-ID that it continues. Lower case and short, since mail programs change the case of addresses and a local
 * part has at most 64 characters.
 */

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const ID_BYTES = 16;
const MAC_BYTES = 6;
const TOKEN = /^[a-z2-7]{36}$/;
const OWN_MESSAGE_ID = /^([0-9a-f]{24})\.([a-z2-7]{36})@/;

type Secrets = Pick<Config, "SESSION_SECRET">;

/** Bound to the account, since an id of one organization means nothing in another. */
function macOf(secrets: Secrets, accountId: string, id: Uint8Array): Buffer {
  // A separate key, so that tokens of different kinds are never interchangeable.
  const key = createHmac("sha256", secrets.SESSION_SECRET).update("thread tokens").digest();
  return createHmac("sha256", key).update(accountId).update(id).digest().subarray(0, MAC_BYTES);
}

export function threadToken(secrets: Secrets, accountId: string, conversationId: string): string {
  const id = Buffer.from(conversationId.replaceAll("-", ""), "hex");
  let bits = 0n;
  for (const byte of Buffer.concat([id, macOf(secrets, accountId, id)])) bits = (bits << 8n) | BigInt(byte);
  // 176 bits in 36 digits of 5.
  return Array.from({ length: 36 }, (_, at) => ALPHABET[Number((bits >> BigInt(5 * (35 - at))) & 31n)]).join("");
}

/** Undefined for a token that is not of a conversation of the account. */
export function conversationOfToken(secrets: Secrets, accountId: string, token: string): string | undefined {
  const text = token.toLowerCase();
  if (!TOKEN.test(text)) return undefined;
  let bits = 0n;
  for (const digit of text) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(digit));
  if (bits >> BigInt(8 * (ID_BYTES + MAC_BYTES)) !== 0n) return undefined;
  const bytes = Buffer.from(bits.toString(16).padStart(2 * (ID_BYTES + MAC_BYTES), "0"), "hex");
  const id = bytes.subarray(0, ID_BYTES);
  if (!timingSafeEqual(macOf(secrets, accountId, id), bytes.subarray(ID_BYTES))) return undefined;
  const conversationId = id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return UUID_PATTERN.test(conversationId) ? conversationId : undefined;
}

/** The message that a Message-ID of ours names; undefined for any other. */
export function ownMessage(
  secrets: Secrets,
  accountId: string,
  messageId: string,
): { conversationId: string; messageId: string } | undefined {
  const [, id, token] = OWN_MESSAGE_ID.exec(messageId) ?? [];
  const conversationId = token && conversationOfToken(secrets, accountId, token);
  return id && conversationId ? { conversationId, messageId: id } : undefined;
}
