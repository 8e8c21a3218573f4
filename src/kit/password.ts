import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/**
 * scrypt with OWASP's N=2^14, r=8, p=5: 16 MiB and about 150 ms, under the platform's limit N·r·p ≤ 2^20. (PBKDF2 is
 * limited to 100,000 iterations in production, a sixth of what it would need.) The hash contains the parameters, so
 * they can be raised later.
 * Like the clock, the cost is no part of the configuration: tests lower it, and no deployment can do so by accident.
 */
export const passwordCost = { N: 16384, r: 8, p: 5 };
const KEY_BYTES = 32;

function derive(password: string, salt: Uint8Array, cost: typeof passwordCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, { ...cost, maxmem: 64 * 1024 * 1024 }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** `$scrypt$N=…,r=…,p=…$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const cost = { ...passwordCost };
  const key = await derive(password, salt, cost);
  return `$scrypt$N=${cost.N},r=${cost.r},p=${cost.p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = /^\$scrypt\$N=(\d{1,7}),r=(\d{1,3}),p=(\d{1,3})\$([\w-]+)\$([\w-]+)$/.exec(stored);
  if (!match) return false;
  const expected = Buffer.from(match[5]!, "base64url");
  const key = await derive(password, Buffer.from(match[4]!, "base64url"), {
    N: Number(match[1]),
    r: Number(match[2]),
    p: Number(match[3]),
  });
  return key.length === expected.length && timingSafeEqual(key, expected);
}

/**
 * A hash that no password matches. Verifying against it takes as long as against a real one, so that the duration of a
 * login does not reveal whether the account exists.
 */
export const UNMATCHABLE_HASH =
  "$scrypt$N=16384,r=8,p=5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
