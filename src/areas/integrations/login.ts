import {
  type Channel,
  ChannelError,
  type ChannelOAuth,
  channelServices,
  type OAuthGrant,
} from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import type { ProblemKind } from "../../kit/problem";
import { decryptSecret, encryptSecret } from "../../kit/secrets";
import { CONTINUE_MS } from "./forget-logins";
import { type LoginState, readState } from "./login-state";
import {
  channelRefused,
  channelUnavailable,
  loginCodeMissing,
  loginDenied,
  loginStateExpired,
  loginStateInvalid,
  loginStateUsed,
  loginUnconfigured,
} from "./problems";
import { channelProblem, isTemporary } from "./store";

/** A login at a channel, from the state that the browser brings back to the tokens that it opens. */

/** The answer of the channel's dialog; the state alone continues a login whose code was exchanged. */
export interface LoginResult {
  state: string;
  code?: string | undefined;
  redirect_uri?: string | undefined;
  error?: string | undefined;
  error_description?: string | undefined;
}

export interface Login {
  id: string;
  oauth: ChannelOAuth;
  grant: OAuthGrant;
  /** Until when it can be continued, in milliseconds since 1970. */
  expiresAt: number;
}

export const loginProblems: ProblemKind[] = [
  loginUnconfigured,
  loginStateInvalid,
  loginStateExpired,
  loginStateUsed,
  loginCodeMissing,
  loginDenied,
  channelRefused,
  channelUnavailable,
];

export function oauthOf(ctx: Ctx, channel: Channel): ChannelOAuth {
  const oauth = adapterOf(channel)?.oauth;
  if (!oauth?.app(ctx.config)) throw loginUnconfigured();
  return oauth;
}

/** The address to which the channel's dialog returns; null if the deployment has no address. */
export const redirectUriOf = (ctx: Ctx, channel: Channel): string | null =>
  ctx.config.PUBLIC_URL === "" ? null : `${ctx.config.PUBLIC_URL}/connect/${channel}`;

/**
 * Uses the state up and exchanges the code; without a code, continues a login whose code was exchanged within the last
 * hour. Throws `loginProblems`. If the channel is unavailable, the state can be used again.
 */
export async function openLogin(ctx: Ctx, channel: Channel, result: LoginResult): Promise<Login> {
  const oauth = oauthOf(ctx, channel);
  const state = readState(ctx, channel, result.state);
  if (result.error !== undefined) {
    await useUp(ctx, channel, state);
    throw loginDenied(cut(result.error_description ?? result.error, 500));
  }
  const { id } = state;
  if (result.code === undefined) return { id, oauth, ...(await grantOf(ctx, id)) };
  const expiresAt = (await useUp(ctx, channel, state)) + CONTINUE_MS;
  const login = { code: result.code, redirectUri: result.redirect_uri };
  let grant: OAuthGrant;
  try {
    grant = await oauth.exchange(login, channelServices(ctx.env));
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (isTemporary(error)) await ctx.db.sql("DELETE FROM integration_logins WHERE org_id = ?1 AND id = ?2", id).run();
    throw channelProblem(error);
  }
  const granted = await encryptSecret(ctx.config.ENCRYPTION_KEYS, JSON.stringify(grant), associatedDataOf(id));
  await ctx.db.sql("UPDATE integration_logins SET granted = ?3 WHERE org_id = ?1 AND id = ?2", id, granted).run();
  return { id, oauth, grant, expiresAt };
}

/** All that the login opens is connected: it cannot be continued. */
export const closeLogin = async (ctx: Ctx, { id }: Login): Promise<void> =>
  void (await ctx.db.sql("UPDATE integration_logins SET granted = NULL WHERE org_id = ?1 AND id = ?2", id).run());

/** Two calls with one state write one row, and the second is refused. Returns the time of the row. */
async function useUp(ctx: Ctx, channel: Channel, { id, expiresAt }: LoginState): Promise<number> {
  const now = ctx.now();
  const { meta } = await ctx.db
    .sql(
      "INSERT OR IGNORE INTO integration_logins (org_id, id, channel, created_at) SELECT ?1, ?2, ?3, ?4 WHERE ?5 > ?4",
      id,
      channel,
      now,
      expiresAt,
    )
    .run();
  if (meta.changes > 0) return now;
  throw expiresAt > now ? loginStateUsed() : loginStateExpired();
}

async function grantOf(ctx: Ctx, id: string): Promise<Pick<Login, "grant" | "expiresAt">> {
  const [row] = await ctx.db.query<{ granted: string; created_at: number }>(
    "SELECT granted, created_at FROM integration_logins WHERE org_id = ?1 AND id = ?2 AND granted IS NOT NULL AND created_at > ?3",
    id,
    ctx.now() - CONTINUE_MS,
  );
  if (!row) throw loginCodeMissing();
  const grant = await decryptSecret(ctx.config.ENCRYPTION_KEYS, row.granted, associatedDataOf(id));
  return { grant: JSON.parse(grant) as OAuthGrant, expiresAt: row.created_at + CONTINUE_MS };
}

const associatedDataOf = (id: string): string => `integration_login:${id}`;
