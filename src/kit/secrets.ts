/**
 * Secrets at rest: AES-256-GCM under a key of the deployment, `v<key>:<iv>:<ciphertext>` in base64url. The row and
 * field of a secret are its associated data, so that a ciphertext that is copied to another row does not decrypt.
 */
const keys = new Map<string, CryptoKey>();

/** Parses `1:<32 bytes in base64>,2:…`: the last key encrypts, all decrypt. */
function keyring(configured: string): Map<string, string> {
  return new Map(configured.split(",").map((entry) => entry.trim().split(":") as [string, string]));
}

async function importKey(base64: string): Promise<CryptoKey> {
  const known = keys.get(base64);
  if (known) return known;
  const imported = await crypto.subtle.importKey("raw", Buffer.from(base64, "base64"), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
  keys.set(base64, imported);
  return imported;
}

export async function encryptSecret(configured: string, plain: string, associatedData: string): Promise<string> {
  const [version, base64] = [...keyring(configured)].at(-1)!;
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: Buffer.from(associatedData) },
    await importKey(base64),
    Buffer.from(plain),
  );
  return `v${version}:${Buffer.from(iv).toString("base64url")}:${Buffer.from(sealed).toString("base64url")}`;
}

/** Throws if the key is missing, the ciphertext was changed, or the associated data differs. */
export async function decryptSecret(configured: string, sealed: string, associatedData: string): Promise<string> {
  const [version = "", iv = "", text = ""] = sealed.split(":");
  const base64 = keyring(configured).get(version.slice(1));
  if (!base64) throw new Error("the key of this secret is not configured");
  const params = { name: "AES-GCM", iv: Buffer.from(iv, "base64url"), additionalData: Buffer.from(associatedData) };
  return Buffer.from(
    await crypto.subtle.decrypt(params, await importKey(base64), Buffer.from(text, "base64url")),
  ).toString("utf8");
}

const MASK = "••••";

/** A secret as answers show it: its last four characters, or none if it has fewer than 12. */
export const maskSecret = (plain: string): string => MASK + (plain.length >= 12 ? plain.slice(-4) : "");
export const isMasked = (text: unknown): boolean => typeof text === "string" && text.startsWith(MASK);
