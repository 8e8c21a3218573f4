import { createHash } from "node:crypto";

/** Ids: UUIDv7 for new rows (they sort by time), UUIDv5 for derived ids. */

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

/** The tenant as a token of a full-text index. */
export const orgToken = (orgId: string): string => `o${orgId.replaceAll("-", "")}`;

/** `bytes` random bytes as base64url. */
export function randomToken(bytes: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString("base64url");
}

export const sha256Hex = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** An id as its 16 bytes, for tokens. */
export const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");

export function idFrom(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
