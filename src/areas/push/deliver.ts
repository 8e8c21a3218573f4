import type { PublicCtx } from "../../kit/context";
import { HOUR, SECOND } from "../../kit/clock";
import { publicUrlFault } from "../../kit/public-url";
import { encryptPush } from "./encrypt";
import { vapidKeys, type VapidKeys } from "./keys";
import type { SubscriptionRow } from "./model";

/** The only client of push services. */

const TIMEOUT_MS = 10 * SECOND;
/** A push service keeps a message for so long, for a browser that is off. */
const TTL_SECONDS = (4 * HOUR) / 1000;
const TOKEN_SECONDS = (12 * HOUR) / 1000;

/** `gone`: the subscription has ended. `refused`: this message is not taken, whenever it is sent. */
export type PushResult = { is: "sent" | "gone" | "refused" } | { is: "later"; retryAfterMs: number | undefined };

/** Sends one message to one browser. `topic`: a later message of the same one takes its place. Never throws. */
export async function deliverPush(
  ctx: PublicCtx,
  { endpoint, p256dh, auth }: Pick<SubscriptionRow, "endpoint" | "p256dh" | "auth">,
  message: object,
  topic: string,
): Promise<PushResult> {
  if (publicUrlFault(endpoint) !== undefined) return { is: "gone" };
  let body: Uint8Array;
  try {
    body = await encryptPush(Buffer.from(JSON.stringify(message)), { p256dh, auth });
  } catch {
    // The browser's key is no key.
    return { is: "gone" };
  }
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      headers: {
        authorization: await authorizationFor(ctx, await vapidKeys(ctx), new URL(endpoint).origin),
        "content-type": "application/octet-stream",
        "content-encoding": "aes128gcm",
        ttl: String(TTL_SECONDS),
        urgency: "high",
        topic,
      },
      body: body as Uint8Array<ArrayBuffer>,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    const { status } = response;
    if (status >= 200 && status < 300) return { is: "sent" };
    if (status === 404 || status === 410) return { is: "gone" };
    if (status !== 429 && status < 500) return { is: "refused" };
    const seconds = Number(response.headers.get("retry-after") ?? "");
    return { is: "later", retryAfterMs: seconds > 0 ? seconds * SECOND : undefined };
  } catch {
    return { is: "later", retryAfterMs: undefined };
  }
}

/** RFC 8292: a token for one push service, signed with the deployment's key. */
async function authorizationFor(
  ctx: PublicCtx,
  { publicKey, signingKey }: VapidKeys,
  audience: string,
): Promise<string> {
  const { PUBLIC_URL: address } = ctx.config;
  const claims = {
    aud: audience,
    exp: Math.floor(ctx.now() / 1000) + TOKEN_SECONDS,
    ...(address.startsWith("https:") && { sub: address }),
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ typ: "JWT", alg: "ES256" })}.${part(claims)}`;
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, signingKey, Buffer.from(signed));
  return `vapid t=${signed}.${Buffer.from(signature).toString("base64url")}, k=${publicKey}`;
}
