import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../config";
import { HOUR } from "../kit/clock";
import { randomToken } from "../kit/id";

/**
 * Links to files that need no session: `/files/<token>`. A token is `<what>.<signature>`, where what is the second when it ends and the
 * key of the file, or, for good, a public file's random name. Whoever has a link may read the file, and nothing else.
 */

type Secrets = Pick<Config, "SESSION_SECRET" | "PUBLIC_URL">;

/** How long a signed link works at least; at most twice that. */
const LINK_MS = HOUR;
const PUBLIC_TOKEN = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})([\w-]{24})$/;
const SIGNED_TOKEN = /^([\w-]{20,400})\.([\w-]{43})$/;
export const LINK_TOKEN = /^([0-9a-f]{32}[\w-]{24}|[\w-]{20,400}\.[\w-]{43})$/;

function sign(config: Secrets, what: string): string {
  // A key of its own, so that a session's token can never be a link or the other way round.
  const key = createHmac("sha256", config.SESSION_SECRET).update("file links").digest();
  return createHmac("sha256", key).update(what).digest("base64url");
}

/** The same address for an hour, so that a browser that has the file does not fetch it again. */
export function signedLink(config: Secrets, r2Key: string, now: number): string {
  const expiresAt = (Math.ceil(now / LINK_MS) + 1) * LINK_MS;
  const what = Buffer.from(`${expiresAt / 1000}:${r2Key}`).toString("base64url");
  return `${config.PUBLIC_URL}/files/${what}.${sign(config, what)}`;
}

/** A name that nobody can guess, and the key of what it names. */
export function publicName(orgId: string): { token: string; r2Key: string } {
  const word = randomToken(18);
  return { token: orgId.replaceAll("-", "") + word, r2Key: publicKey(orgId, word) };
}

const publicKey = (orgId: string, word: string): string => `${orgId}/public/${word}`;

export const publicLink = (config: Secrets, token: string): string => `${config.PUBLIC_URL}/files/${token}`;

/** The file that a token names, and when that ends; undefined for a token that is none of ours. */
export function openToken(config: Secrets, token: string): { r2Key: string; expiresAt: number | null } | undefined {
  const open = PUBLIC_TOKEN.exec(token);
  if (open) return { r2Key: publicKey(open.slice(1, 6).join("-"), open[6]!), expiresAt: null };
  const [, what, signature] = SIGNED_TOKEN.exec(token) ?? [];
  if (!what || !signature || !timingSafeEqual(Buffer.from(sign(config, what)), Buffer.from(signature)))
    return undefined;
  const [, seconds = "", r2Key = ""] = /^(\d+):(.+)$/.exec(Buffer.from(what, "base64url").toString()) ?? [];
  return { r2Key, expiresAt: Number(seconds) * 1000 };
}
