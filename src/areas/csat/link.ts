import { createHmac, timingSafeEqual } from "node:crypto";
import type { Config } from "../../config";

/** The public link of a survey. Whoever has it may answer: it says which survey, of which tenant, and is signed. */
export interface SurveyPlace {
  orgId: string;
  tenantDb: string;
  conversationId: string;
  cycle: number;
}

const VERSION = 1;
const TENANT_DB = "TENANT_DB_";
const SIGNATURE_BYTES = 16;
/** Version, two ids and the cycle; the rest of the name of the tenant's database follows. */
const FIXED_BYTES = 1 + 16 + 16 + 4;

/** Of the session's secret, but for nothing else than this. */
function signatureOf(config: Config, bytes: Uint8Array): Buffer {
  return createHmac("sha256", config.SESSION_SECRET)
    .update("csat-link\n")
    .update(bytes)
    .digest()
    .subarray(0, SIGNATURE_BYTES);
}

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");

function idFrom(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function surveyToken(config: Config, { orgId, tenantDb, conversationId, cycle }: SurveyPlace): string {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(cycle);
  const bytes = Buffer.concat([
    Buffer.of(VERSION),
    idBytes(orgId),
    idBytes(conversationId),
    number,
    Buffer.from(tenantDb.slice(TENANT_DB.length), "latin1"),
  ]);
  return Buffer.concat([bytes, signatureOf(config, bytes)]).toString("base64url");
}

/** Undefined for everything that we did not sign. */
export function readSurveyToken(config: Config, token: string): SurveyPlace | undefined {
  if (!/^[\w-]{60,200}$/.test(token)) return undefined;
  const whole = Buffer.from(token, "base64url");
  const [bytes, signature] = [whole.subarray(0, -SIGNATURE_BYTES), whole.subarray(-SIGNATURE_BYTES)];
  if (bytes.length < FIXED_BYTES || bytes[0] !== VERSION || !timingSafeEqual(signatureOf(config, bytes), signature))
    return undefined;
  return {
    orgId: idFrom(bytes.subarray(1, 17)),
    conversationId: idFrom(bytes.subarray(17, 33)),
    cycle: bytes.readUInt32BE(33),
    tenantDb: TENANT_DB + bytes.subarray(FIXED_BYTES).toString("latin1"),
  };
}

/** Null where the deployment does not say its own address. */
export function surveyLink(config: Config, place: SurveyPlace): string | null {
  return config.PUBLIC_URL === "" ? null : `${config.PUBLIC_URL}/csat/${surveyToken(config, place)}`;
}
