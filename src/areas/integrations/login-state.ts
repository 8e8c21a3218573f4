import { createHmac, timingSafeEqual } from "node:crypto";
import type { Channel } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { MINUTE } from "../../kit/clock";
import { loginStateInvalid } from "./problems";

/**
 * The state of a login: it goes with the browser to the channel and comes back. Signed and not stored, so that asking
 * for one writes nothing; `integration_logins` makes it work once.
 */

export interface LoginState {
  /** Unique. */
  id: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export const STATE_MINUTES = 10;
const VERSION = 1;
const TIME_BYTES = 6;
const ID_BYTES = 16;
const LENGTH = 1 + TIME_BYTES + ID_BYTES;

/** The session that a state is bound to, beside its channel. */
interface Session {
  config: Pick<Ctx["config"], "SESSION_SECRET">;
  orgId: string;
  /** The session's id or the API key's. */
  actor: Pick<Ctx["actor"], "credentialId">;
}

const signatureOf = (ctx: Session, channel: Channel, bytes: Uint8Array): Buffer =>
  createHmac("sha256", ctx.config.SESSION_SECRET)
    .update(`login-state\n${channel}\n${ctx.orgId}\n${ctx.actor.credentialId}\n`)
    .update(bytes)
    .digest();

export function newState(ctx: Session & Pick<Ctx, "now">, channel: Channel): { state: string; expiresAt: number } {
  const expiresAt = ctx.now() + STATE_MINUTES * MINUTE;
  const bytes = Buffer.alloc(LENGTH);
  bytes[0] = VERSION;
  bytes.writeUIntBE(expiresAt, 1, TIME_BYTES);
  bytes.set(crypto.getRandomValues(new Uint8Array(ID_BYTES)), 1 + TIME_BYTES);
  return { state: Buffer.concat([bytes, signatureOf(ctx, channel, bytes)]).toString("base64url"), expiresAt };
}

/** Throws `login_state_invalid` unless this session asked for the state, for this channel. */
export function readState(ctx: Session, channel: Channel, state: string): LoginState {
  const whole = Buffer.from(state, "base64url");
  const [bytes, signature] = [whole.subarray(0, LENGTH), whole.subarray(LENGTH)];
  const expected = signatureOf(ctx, channel, bytes);
  const isOurs = bytes[0] === VERSION && signature.length === expected.length && timingSafeEqual(signature, expected);
  if (!isOurs) throw loginStateInvalid();
  return {
    id: bytes.subarray(1 + TIME_BYTES).toString("base64url"),
    expiresAt: bytes.readUIntBE(1, TIME_BYTES),
  };
}
