import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../../config";
import { idBytes, idFrom } from "../../kit/id";

/**
 * A reference to a survey, which its public link contains with a signature. The link is a bearer capability: anyone who
 * has it may rate.
 */
export interface SurveyRef {
  orgId: string;
  tenantDb: string;
  conversationId: string;
  cycle: number;
}

const VERSION = 1;
const TENANT_DB_PREFIX = "TENANT_DB_";
const SIGNATURE_BYTES = 16;
/** Length of the version, two ids and the cycle. The name of the tenant database without its prefix follows. */
const FIXED_BYTES = 1 + 16 + 16 + 4;

/** Uses the session secret with a prefix of its own, so that the signature is not valid for anything else. */
function signatureOf(config: Config, bytes: Uint8Array): Buffer {
  return createHmac("sha256", config.SESSION_SECRET)
    .update("csat-link\n")
    .update(bytes)
    .digest()
    .subarray(0, SIGNATURE_BYTES);
}

/** The signed token of a survey's public link, in base64url. */
export function surveyToken(config: Config, { orgId, tenantDb, conversationId, cycle }: SurveyRef): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(cycle);
  const bytes = Buffer.concat([
    Buffer.of(VERSION),
    idBytes(orgId),
    idBytes(conversationId),
    number,
    Buffer.from(tenantDb.slice(TENANT_DB_PREFIX.length), "latin1"),
  ]);
  return Buffer.concat([bytes, signatureOf(config, bytes)]).toString("base64url");
}

/** Verifies a token of `surveyToken`. Undefined if it is malformed or its signature is wrong. */
export function readSurveyToken(config: Config, token: string): SurveyRef | undefined {
  if (!/^[\w-]{60,200}$/.test(token)) return undefined;
  const whole = Buffer.from(token, "base64url");
  const [bytes, signature] = [whole.subarray(0, -SIGNATURE_BYTES), whole.subarray(-SIGNATURE_BYTES)];
  if (bytes.length < FIXED_BYTES || bytes[0] !== VERSION || !timingSafeEqual(signatureOf(config, bytes), signature))
    return undefined;
  return {
    orgId: idFrom(bytes.subarray(1, 17)),
    conversationId: idFrom(bytes.subarray(17, 33)),
    cycle: bytes.readUInt32BE(33),
    tenantDb: TENANT_DB_PREFIX + bytes.subarray(FIXED_BYTES).toString("latin1"),
  };
}

/** The public link of a survey; null if the deployment has no PUBLIC_URL. */
export function surveyLink(config: Config, ref: SurveyRef): string | null {
  return config.PUBLIC_URL === "" ? null : `${config.PUBLIC_URL}/csat/${surveyToken(config, ref)}`;
}
