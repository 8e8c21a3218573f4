import type { Config as DeploymentConfig } from "../config";
import type { ChannelServices } from "./channel";

/** The data with which a browser begins a login. None of it is secret. */
export interface OAuthApp {
  appId: string;
  /** The permissions that the person is asked for; empty if `configId` says them. */
  scopes: readonly string[];
  /** The channel's id of a login that is configured there. */
  configId?: string;
}

/** The tokens that a code was exchanged for. Secret; kept encrypted until the accounts are connected. */
export type OAuthGrant = Readonly<Record<string, string>>;

/** Ids that the browser reported besides the code. Not verified. */
export type OAuthHints = Readonly<Record<string, string | undefined>>;

/** An account that the person may connect. */
export interface OAuthAccount {
  externalId: string;
  displayName: string;
  /** The configuration with which the account is connected; absent if it cannot be, for the reason in `refusal`. */
  config?: Record<string, string>;
  refusal?: string;
}

/** Connects accounts through the channel's own login. Calls throw ChannelError. */
export interface ChannelOAuth {
  /** Undefined: the deployment has no app for this login. */
  app(config: DeploymentConfig): OAuthApp | undefined;
  /** Pure. The address of the dialog. */
  authorizeUrl(app: OAuthApp, request: { redirectUri: string; state: string }, config: DeploymentConfig): string;
  /**
   * Exchanges a code, which works once and for a short time. `redirectUri` as the dialog had it; absent: the channel's
   * own program ran the dialog in the browser.
   */
  exchange(login: { code: string; redirectUri?: string | undefined }, services: ChannelServices): Promise<OAuthGrant>;
  /** The accounts that the grant opens, or those among them that the hints name. May be repeated. */
  accounts(grant: OAuthGrant, hints: OAuthHints, services: ChannelServices): Promise<OAuthAccount[]>;
}
