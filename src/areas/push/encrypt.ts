/** Encrypts messages of Web Push for one browser (RFC 8291, with the coding aes128gcm of RFC 8188). */

const CURVE = { name: "ECDH", namedCurve: "P-256" };
const RECORD_BYTES = 4096;

/** The sender's part, which is new for each message. */
export interface Ephemeral {
  pair: CryptoKeyPair;
  salt: Uint8Array;
}

const newEphemeral = async (): Promise<Ephemeral> => ({
  pair: (await crypto.subtle.generateKey(CURVE, true, ["deriveBits"])) as CryptoKeyPair,
  salt: crypto.getRandomValues(new Uint8Array(16)),
});

/** `p256dh` and `auth`: the browser's keys, base64url. Throws if `p256dh` is no point of the curve. */
export async function encryptPush(
  plain: Uint8Array,
  { p256dh, auth }: { p256dh: string; auth: string },
  ephemeral?: Ephemeral,
): Promise<Uint8Array> {
  const { pair, salt } = ephemeral ?? (await newEphemeral());
  const receiver = Buffer.from(p256dh, "base64url");
  const sender = Buffer.from((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
  const receiverKey = await crypto.subtle.importKey("raw", receiver, CURVE, false, []);
  // The types of Workers call it `$public`, which is `public` at run time.
  const agreement = { name: "ECDH", public: receiverKey } as unknown as SubtleCryptoDeriveKeyAlgorithm;
  const shared = await crypto.subtle.deriveBits(agreement, pair.privateKey, 256);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), receiver, sender]);
  const secret = await hkdf(shared, Buffer.from(auth, "base64url"), info, 32);
  const key = await hkdf(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = await hkdf(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  // The delimiter of the last record, and no padding.
  const record = Buffer.concat([plain, Uint8Array.of(2)]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, aes, record);
  const header = Buffer.alloc(5);
  header.writeUInt32BE(RECORD_BYTES, 0);
  header[4] = sender.length;
  return Buffer.concat([salt, header, sender, Buffer.from(sealed)]);
}

async function hkdf(from: BufferSource, salt: BufferSource, info: BufferSource, bytes: number): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey("raw", from, "HKDF", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, bytes * 8);
}
