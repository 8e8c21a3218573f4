/** Signatures of Standard Webhooks 1.0.0, scheme v1 (https://www.standardwebhooks.com). Pure. */

const PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const newSecret = (): string =>
  PREFIX + Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64");

/** A secret in the form that is stored; undefined unless it is the base64 of 24 to 64 bytes. The prefix may be missing. */
export function secretFrom(text: string): string | undefined {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  if (!BASE64.test(encoded)) return undefined;
  const { length } = Buffer.from(encoded, "base64");
  return length >= 24 && length <= 64 ? PREFIX + encoded : undefined;
}

/** The headers of one attempt: one signature for each secret. `at` in milliseconds. */
export async function signedHeaders(
  secrets: readonly string[],
  { id, body }: { id: string; body: string },
  at: number,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(secrets.map(async (secret) => `v1,${await hmac(secret, content)}`));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

async function hmac(secret: string, content: BufferSource): Promise<string> {
  const bytes = Buffer.from(secret.slice(PREFIX.length), "base64");
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", key, content)).toString("base64");
}
