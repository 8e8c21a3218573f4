import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../config";
import { HOUR } from "../kit/clock";
import { randomToken } from "../kit/id";

/**
 * Links to files that need no session: `/files/<token>`. A signed token is `<payload>.<signature>`, where the payload
 * is the expiry in seconds and the file's key. The token of a public file is its organization and a random name, and
 * never expires. A link gives access to its file only.
 */

type Secrets = Pick<Config, "SESSION_SECRET" | "PUBLIC_URL">;

/** Minimum lifetime of a signed link; the maximum is twice that. */
const MIN_LINK_MS = HOUR;
const PUBLIC_TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([\w-]{24})$/;
const SIGNED_TOKEN = /^([\w-]{20,400})\.([\w-]{43})$/;
export const LINK_TOKEN = /^([0-9a-f]{32}[\w-]{24}|[\w-]{20,400}\.[\w-]{43})$/;

function sign(config: Secrets, payload: string): string {
  // A separate key, so that session tokens and link tokens are never interchangeable.
  const key = createHmac("sha256", config.SESSION_SECRET).update("file links").digest();
  return createHmac("sha256", key).update(payload).digest("base64url");
}

/** The link stays the same for an hour, so that browsers can cache the file. */
export function signedLink(config: Secrets, r2Key: string, now: number): string {
  const expiresAt = (Math.ceil(now / MIN_LINK_MS) + 1) * MIN_LINK_MS;
  const payload = Buffer.from(`${expiresAt / 1000}:${r2Key}`).toString("base64url");
  return `${config.PUBLIC_URL}/files/${payload}.${sign(config, payload)}`;
}

/** An unguessable name for a public file, and the file's key. */
export function publicName(orgId: string): { token: string; r2Key: string } {
  const word = randomToken(18);
  return { token: orgId.replaceAll("-", "") + word, r2Key: publicKey(orgId, word) };
}

const publicKey = (orgId: string, word: string): string => `${orgId}/public/${word}`;

/** The lasting link to a public file; undefined for any other file. */
export function publicLinkOf(config: Secrets, orgId: string, r2Key: string): string | undefined {
  const start = publicKey(orgId, "");
  return r2Key.startsWith(start)
    ? publicLink(config, orgId.replaceAll("-", "") + r2Key.slice(start.length))
    : undefined;
}

export const publicLink = (config: Secrets, token: string): string => `${config.PUBLIC_URL}/files/${token}`;

/**
 * The file of a token and its expiry in milliseconds (null: never); undefined for an invalid token. An expired token is
 * returned too.
 */
export function openToken(config: Secrets, token: string): { r2Key: string; expiresAt: number | null } | undefined {
  const open = PUBLIC_TOKEN.exec(token);
  if (open) return { r2Key: publicKey(open.slice(1, 6).join("-"), open[6]!), expiresAt: null };
  const [, payload, signature] = SIGNED_TOKEN.exec(token) ?? [];
  if (!payload || !signature || !timingSafeEqual(Buffer.from(sign(config, payload)), Buffer.from(signature)))
    return undefined;
  const [, seconds = "", r2Key = ""] = /^(\d+):(.+)$/.exec(Buffer.from(payload, "base64url").toString()) ?? [];
  return { r2Key, expiresAt: Number(seconds) * 1000 };
}
