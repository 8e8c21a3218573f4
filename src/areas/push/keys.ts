import type { PublicCtx } from "../../kit/context";
import { decryptSecret, encryptSecret } from "../../kit/secrets";

/** The key pair by which push services know the deployment (VAPID, RFC 8292). */
export interface VapidKeys {
  /** 65 bytes, base64url. */
  publicKey: string;
  signingKey: CryptoKey;
}

const NAME = "vapid";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

let known: Promise<VapidKeys> | undefined;

/** The keys, which are made at their first use: subscriptions are bound to them, so they stay. */
export function vapidKeys(ctx: PublicCtx): Promise<VapidKeys> {
  known ??= load(ctx).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function load(ctx: PublicCtx): Promise<VapidKeys> {
  const row = (await read(ctx)) ?? (await make(ctx));
  const jwk = JSON.parse(await decryptSecret(ctx.config.ENCRYPTION_KEYS, row.private_key, NAME)) as JsonWebKey;
  return {
    publicKey: row.public_key,
    signingKey: await crypto.subtle.importKey("jwk", jwk, CURVE, false, ["sign"]),
  };
}

interface Row {
  public_key: string;
  private_key: string;
}

const read = (ctx: PublicCtx): Promise<Row | null> =>
  ctx.control.prepare("SELECT public_key, private_key FROM deployment_keys WHERE name = ?").bind(NAME).first<Row>();

/** If two isolates make keys at the same time, both use those of the first. */
async function make(ctx: PublicCtx): Promise<Row> {
  const pair = (await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"])) as CryptoKeyPair;
  const raw = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  await ctx.control
    .prepare("INSERT OR IGNORE INTO deployment_keys (name, public_key, private_key, created_at) VALUES (?, ?, ?, ?)")
    .bind(
      NAME,
      Buffer.from(raw).toString("base64url"),
      await encryptSecret(ctx.config.ENCRYPTION_KEYS, JSON.stringify(jwk), NAME),
      ctx.now(),
    )
    .run();
  return (await read(ctx))!;
}
