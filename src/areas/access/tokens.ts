import { jwtVerify, SignJWT } from "jose";
import type { Config } from "../../config";

export const SESSION_HOURS = 24 * 7;
const ISSUER = "omnistream";
const ALGORITHM = "HS256";

/** The claims of a session token. It contains no rights, which are read from D1. */
export interface SessionClaims {
  agentId: string;
  orgId: string;
  tenantDb: string;
  sessionId: string;
  /** Milliseconds; at most the end of the session. */
  expiresAt: number;
}

const secretOf = (config: Config): Uint8Array => new TextEncoder().encode(config.SESSION_SECRET);

export function signSession(config: Config, claims: SessionClaims, issuedAtMs: number): Promise<string> {
  return new SignJWT({ org: claims.orgId, db: claims.tenantDb, sid: claims.sessionId })
    .setProtectedHeader({ alg: ALGORITHM })
    .setIssuer(ISSUER)
    .setSubject(claims.agentId)
    .setIssuedAt(Math.floor(issuedAtMs / 1000))
    .setExpirationTime(Math.floor(claims.expiresAt / 1000))
    .sign(secretOf(config));
}

/** Verifies a session token. Undefined if its signature or algorithm is not ours, or if it has expired. */
export async function readSession(config: Config, token: string, nowMs: number): Promise<SessionClaims | undefined> {
  try {
    const { payload } = await jwtVerify(token, secretOf(config), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      currentDate: new Date(nowMs),
      requiredClaims: ["sub", "exp", "org", "db", "sid"],
    });
    return {
      agentId: payload.sub!,
      orgId: String(payload["org"]),
      tenantDb: String(payload["db"]),
      sessionId: String(payload["sid"]),
      expiresAt: payload.exp! * 1000,
    };
  } catch {
    return undefined;
  }
}
