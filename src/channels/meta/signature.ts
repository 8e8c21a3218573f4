/**
 * Meta: Webhooks, "Validate payloads": `X-Hub-Signature-256: sha256=<hex HMAC-SHA256(app secret, body)>`, over the raw
 * bytes. Meta signs a body with escaped Unicode, so a body that was parsed and serialised again does not verify.
 */

const PREFIX = "sha256=";
const DIGEST_BYTES = 32;
const HEX = /^[0-9a-f]{64}$/i;
const MAX_CACHED_KEYS = 64;

// Importing a key costs about as much as verifying with it. Stores imported keys, never promises, which belong to one
// request.
const keys = new Map<string, CryptoKey>();

/** True if one of the secrets signed these bytes: secrets are rotated, and Instagram has its own. */
export async function verifySignature(
  rawBody: ArrayBuffer | Uint8Array,
  header: string | null,
  secrets: readonly string[],
): Promise<boolean> {
  const signature = digestOf(header);
  if (signature === undefined) return false;
  for (const secret of secrets) {
    // An empty secret is a missing one: anybody could sign with it.
    if (secret === "") continue;
    if (await crypto.subtle.verify("HMAC", await keyOf(secret), signature, rawBody)) return true;
  }
  return false;
}

/** Whether the header has the form of a signature. */
export const isSignature = (header: string | null): boolean => digestOf(header) !== undefined;

function digestOf(header: string | null): Uint8Array | undefined {
  if (header === null || !header.startsWith(PREFIX)) return undefined;
  const hex = header.slice(PREFIX.length);
  if (!HEX.test(hex)) return undefined;
  return Uint8Array.from({ length: DIGEST_BYTES }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

async function keyOf(secret: string): Promise<CryptoKey> {
  const known = keys.get(secret);
  if (known !== undefined) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new TextEncoder().encode(secret), algorithm, false, ["verify"]);
  const oldest = keys.keys().next();
  if (keys.size >= MAX_CACHED_KEYS && !oldest.done) keys.delete(oldest.value);
  keys.set(secret, imported);
  return imported;
}
