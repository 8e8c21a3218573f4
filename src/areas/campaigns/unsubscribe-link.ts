import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../../config";
import { idBytes, idFrom } from "../../kit/id";
import { publicUrlFault } from "../../kit/public-url";

/**
 * The conversation of a mail, which the link by which its recipient unsubscribes contains with a signature. Whoever has
 * the link may unsubscribe that recipient, and nothing else. It has no end.
 */
export interface UnsubscribeRef {
  orgId: string;
  tenantDb: string;
  conversationId: string;
}

const VERSION = 1;
const TENANT_DB_PREFIX = "TENANT_DB_";
const SIGNATURE_BYTES = 16;
/** The version and two ids. The name of the tenant database without its prefix follows. */
const FIXED_BYTES = 1 + 16 + 16;

/** Uses the session secret with a prefix of its own, so that the signature is not valid for anything else. */
const signatureOf = (config: Config, bytes: Uint8Array): Buffer =>
  createHmac("sha256", config.SESSION_SECRET)
    .update("unsubscribe\n")
    .update(bytes)
    .digest()
    .subarray(0, SIGNATURE_BYTES);

/** The link; null if the deployment has no PUBLIC_URL that mail programs reach. */
export function unsubscribeLink(config: Config, { orgId, tenantDb, conversationId }: UnsubscribeRef): string | null {
  const bytes = Buffer.concat([
    Buffer.of(VERSION),
    idBytes(orgId),
    idBytes(conversationId),
    Buffer.from(tenantDb.slice(TENANT_DB_PREFIX.length), "latin1"),
  ]);
  const token = Buffer.concat([bytes, signatureOf(config, bytes)]).toString("base64url");
  const link = `${config.PUBLIC_URL}/unsubscribe/${token}`;
  return publicUrlFault(link, ["https:", "http:"]) === undefined ? link : null;
}

/** Verifies the token of a link. Undefined if it is malformed or its signature is wrong. */
export function readUnsubscribeToken(config: Config, token: string): UnsubscribeRef | undefined {
  if (!/^[\w-]{60,200}$/.test(token)) return undefined;
  const whole = Buffer.from(token, "base64url");
  const [bytes, signature] = [whole.subarray(0, -SIGNATURE_BYTES), whole.subarray(-SIGNATURE_BYTES)];
  if (bytes.length < FIXED_BYTES || bytes[0] !== VERSION || !timingSafeEqual(signatureOf(config, bytes), signature))
    return undefined;
  return {
    orgId: idFrom(bytes.subarray(1, 17)),
    conversationId: idFrom(bytes.subarray(17, 33)),
    tenantDb: TENANT_DB_PREFIX + bytes.subarray(FIXED_BYTES).toString("latin1"),
  };
}
