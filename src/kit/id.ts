import { createHash } from "node:crypto";

/** Ids: v7 for rows that are minted (they sort by time), v5 for those that are derived, ObjectIds for messages. */

function formatUuid(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const h = Buffer.from(bytes).toString("hex");
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20, 32)}`;
}

/** RFC 9562, version 7. `atMs` is milliseconds since 1970. */
export function uuidV7(atMs: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0, rest = Math.floor(atMs); i < 6; i++, rest = Math.floor(rest / 256)) bytes[5 - i] = rest % 256;
  return formatUuid(bytes, 7);
}

/** RFC 9562, version 5: the same name in the same namespace is always the same id. `namespace` is a UUID. */
export function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll("-", ""), "hex");
  const digest = createHash("sha1").update(space).update(name, "utf8").digest();
  return formatUuid(new Uint8Array(digest.subarray(0, 16)), 5);
}

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const OBJECT_ID_PATTERN = /^[0-9a-f]{24}$/;

/**
 * A message's id: 4 bytes of seconds, 5 bytes of its conversation, 3 bytes of its number in that conversation. It sorts by the
 * sender's clock and, within one second, by arrival.
 */
export function messageId(atMs: number, conversationId: string, number: number): string {
  const seconds = Math.min(Math.max(Math.floor(atMs / 1000), 0), 0xffffffff);
  const place = conversationId.replaceAll("-", "").slice(0, 10);
  return seconds.toString(16).padStart(8, "0") + place + (number & 0xffffff).toString(16).padStart(6, "0");
}

/** The number in its conversation, of 24 bits. */
export const messageNumberOf = (id: string): number => Number.parseInt(id.slice(18), 16);

/** Our thread of a person on an account: derived, so that a webhook finds it without asking a database. */
export const conversationIdOf = (orgId: string, accountId: string, threadKey: string): string =>
  uuidV5(orgId, `conversation:${accountId}:${threadKey}`);

export const contactIdOf = (orgId: string, channel: string, threadKey: string): string =>
  uuidV5(orgId, `contact:${channel}:${threadKey}`);

/** A tenant as one token of a full-text index. */
export const orgToken = (orgId: string): string => `o${orgId.replaceAll("-", "")}`;

/** `bytes` of randomness as base64url. */
export function randomToken(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
