/** Secrets of a development machine. A deployment has its own (`wrangler secret put`). */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Secrets = Record<
  | "SESSION_SECRET"
  | "ENCRYPTION_KEYS"
  | "META_APP_SECRET"
  | "INSTAGRAM_APP_SECRET"
  | "META_VERIFY_TOKEN"
  | "OPERATOR_TOKEN",
  string
>;

export function developmentSecrets(): Secrets {
  return {
    SESSION_SECRET: randomBytes(32).toString("base64url"),
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    META_APP_SECRET: randomBytes(16).toString("hex"),
    INSTAGRAM_APP_SECRET: randomBytes(16).toString("hex"),
    META_VERIFY_TOKEN: randomBytes(16).toString("hex"),
    OPERATOR_TOKEN: randomBytes(24).toString("base64url"),
  };
}

/** Reads the secrets from `stateDir`, or creates and stores them there, beside the state that they encrypt. */
export function keptSecrets(stateDir: string): Secrets {
  const file = join(stateDir, "secrets.json");
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Secrets>) : {};
  const secrets = { ...developmentSecrets(), ...kept };
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
