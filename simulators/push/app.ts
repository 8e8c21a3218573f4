/**
 * Simulates a push service and the browsers that subscribe to it (RFC 8030). It checks what it gets as such a service does,
 * and decrypts it as a browser does (RFC 8291), with code of its own. It uses only web standards.
 */

export interface PushedMessage {
  browser: string;
  /** Decrypted. */
  data: Record<string, unknown>;
  ttl: string | null;
  topic: string | null;
  urgency: string | null;
  at: number;
}

export interface Browser {
  id: string;
  /** As `PushSubscription.toJSON()`. */
  subscription: { endpoint: string; expirationTime: null; keys: { p256dh: string; auth: string } };
}

export interface PushSimulator {
  fetch(request: Request): Promise<Response>;
  readonly messages: PushedMessage[];
  /** Why requests were refused. */
  readonly faults: string[];
  /** A browser subscribes with the key of the application. */
  subscribe(applicationServerKey: string): Promise<Browser>;
  /** The browser unsubscribes, or is uninstalled: its address answers 410. */
  drop(browser: Browser): void;
  /** The next requests are answered so. */
  fail(...answers: { status: number; retryAfter?: string }[]): void;
  /** How often each browser's address was called. */
  calls(browser: Browser): number;
}

const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const base64url = (raw: ArrayBuffer | Uint8Array): string =>
  btoa(String.fromCharCode(...new Uint8Array(raw)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

interface Known {
  key: string;
  pair: CryptoKeyPair;
  publicKey: Uint8Array;
  auth: Uint8Array<ArrayBuffer>;
  isGone: boolean;
  calls: number;
}

export function createPushSimulator({ origin, now = Date.now }: { origin: string; now?: () => number }): PushSimulator {
  const browsers = new Map<string, Known>();
  const messages: PushedMessage[] = [];
  const faults: string[] = [];
  const answers: { status: number; retryAfter?: string }[] = [];

  async function take(request: Request): Promise<Response> {
    const id = new URL(request.url).pathname.split("/").at(-1)!;
    const browser = browsers.get(id);
    if (!browser) return new Response(null, { status: 404 });
    browser.calls++;
    if (browser.isGone) return new Response(null, { status: 410 });
    const answer = answers.shift();
    if (answer)
      return new Response("later", {
        status: answer.status,
        headers: answer.retryAfter === undefined ? {} : { "retry-after": answer.retryAfter },
      });
    const fault = await faultOf(request, browser, origin, now());
    if (fault !== undefined) {
      faults.push(fault);
      return new Response(fault, { status: 403 });
    }
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > 4096) return new Response(null, { status: 413 });
    const header = (name: string): string | null => request.headers.get(name);
    messages.push({
      browser: id,
      data: JSON.parse(await decrypted(body, browser)) as Record<string, unknown>,
      ttl: header("ttl"),
      topic: header("topic"),
      urgency: header("urgency"),
      at: now(),
    });
    return new Response(null, { status: 201 });
  }

  return {
    messages,
    faults,
    fetch: take,
    subscribe: async (key) => {
      const pair = (await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, [
        "deriveBits",
      ])) as CryptoKeyPair;
      const publicKey = new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer);
      const auth = crypto.getRandomValues(new Uint8Array(16));
      const id = crypto.randomUUID();
      browsers.set(id, { key, pair, publicKey, auth, isGone: false, calls: 0 });
      const keys = { p256dh: base64url(publicKey), auth: base64url(auth) };
      return { id, subscription: { endpoint: `${origin}/push/${id}`, expirationTime: null, keys } };
    },
    drop: ({ id }) => {
      browsers.get(id)!.isGone = true;
    },
    fail: (...next) => void answers.push(...next),
    calls: ({ id }) => browsers.get(id)!.calls,
  };
}

/** RFC 8292: the token names this service, is not too long, and is signed with the key that the browser subscribed with. */
async function faultOf(request: Request, { key }: Known, origin: string, now: number): Promise<string | undefined> {
  const match = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(request.headers.get("authorization") ?? "");
  if (!match) return "no VAPID authorization";
  const [, head = "", claims = "", signature = "", k = ""] = match;
  if (k !== key) return "another key than the browser subscribed with";
  const { aud, exp } = JSON.parse(new TextDecoder().decode(bytes(claims))) as { aud: string; exp: number };
  if (aud !== origin) return `the token is for ${aud}`;
  if (exp * 1000 <= now || exp * 1000 > now + 24 * 3_600_000) return "the token's time";
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const signer = await crypto.subtle.importKey("raw", bytes(k), curve, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  const isSigned = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, signer, bytes(signature), signed);
  if (!isSigned) return "the signature";
  if (request.headers.get("content-encoding") !== "aes128gcm") return "the content encoding";
  if (!/^\d+$/.test(request.headers.get("ttl") ?? "")) return "no TTL";
  return /^[\w-]{1,32}$/.test(request.headers.get("topic") ?? "x") ? undefined : "the topic";
}

/** HKDF by its two steps (RFC 5869), for at most 32 bytes. */
async function derive(salt: BufferSource, from: BufferSource, info: Uint8Array, length: number): Promise<ArrayBuffer> {
  const hmac = async (key: BufferSource, data: BufferSource): Promise<ArrayBuffer> =>
    crypto.subtle.sign(
      "HMAC",
      await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
      data,
    );
  const expanded = await hmac(await hmac(salt, from), joined(info, Uint8Array.of(1)));
  return expanded.slice(0, length);
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function decrypted(body: Uint8Array<ArrayBuffer>, { pair, publicKey, auth }: Known): Promise<string> {
  const [salt, idLength] = [body.slice(0, 16), body[20]!];
  const sender = body.slice(21, 21 + idLength);
  const senderKey = await crypto.subtle.importKey("raw", sender, { name: "ECDH", namedCurve: "P-256" }, false, []);
  const agreement = { name: "ECDH", public: senderKey } as unknown as SubtleCryptoDeriveKeyAlgorithm;
  const shared = await crypto.subtle.deriveBits(agreement, pair.privateKey, 256);
  const text = (words: string): Uint8Array => new TextEncoder().encode(`${words}\0`);
  const secret = await derive(auth, shared, joined(text("WebPush: info"), publicKey, sender), 32);
  const key = await derive(salt, secret, text("Content-Encoding: aes128gcm"), 16);
  const iv = await derive(salt, secret, text("Content-Encoding: nonce"), 12);
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const plain = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, aes, body.slice(21 + idLength)));
  const end = plain.findLastIndex((byte) => byte !== 0);
  if (plain[end] !== 2) throw new Error("no delimiter of the last record");
  return new TextDecoder().decode(plain.slice(0, end));
}
