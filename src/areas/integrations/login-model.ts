import { z } from "@hono/zod-openapi";
import { type Channel } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import { redirectUriOf } from "./login";
import { newState } from "./login-state";

export const LoginConfig = z
  .object({
    configured: z.boolean().openapi({
      description: "False if the deployment has no app for this login; then the other fields are null",
    }),
    app_id: z.string().nullable().openapi({ description: "The app's id at Meta" }),
    config_id: z
      .string()
      .nullable()
      .openapi({ description: "Id of the login's configuration at Meta; only for WhatsApp Embedded Signup" }),
    scopes: z.array(z.string()).openapi({ description: "The permissions that the person is asked for" }),
    graph_version: z.string().openapi({ description: "Version of the Graph API, for Meta's JavaScript SDK" }),
    redirect_uri: z.string().nullable().openapi({
      description: "The page to which the dialog returns. It must be entered in the app's settings at Meta",
    }),
    authorize_url: z.string().nullable().openapi({ description: "Opens the dialog; null without a `redirect_uri`" }),
    state: z.string().nullable().openapi({
      description: "Part of `authorize_url`; to be sent with the code. Valid once, in this session",
    }),
    expires_at: z.iso
      .datetime()
      .nullable()
      .openapi({ description: "When `state` expires: 10 minutes after this call" }),
  })
  .openapi("LoginConfig");

const Text = (max: number) => z.string().min(1).max(max);

/** The parameters of the address to which the dialog returns. */
export const loginFields = {
  state: Text(200).openapi({
    description: "From the login's config; works once, within 10 minutes, in the same session",
  }),
  code: Text(4096).optional().openapi({
    description:
      "From the dialog. Absent: continues a login whose code was exchanged by an earlier call that failed later, within an hour",
  }),
  error: Text(200).optional().openapi({ description: "From a dialog that was cancelled: uses the state up" }),
  error_description: Text(2000).optional().openapi({ description: "The same in words" }),
};

export function loginConfigOf(ctx: Ctx, channel: Channel): z.infer<typeof LoginConfig> {
  const oauth = adapterOf(channel)?.oauth;
  const app = oauth?.app(ctx.config);
  const version = { graph_version: ctx.config.GRAPH_API_VERSION };
  if (!oauth || !app) {
    const nothing = { app_id: null, config_id: null, redirect_uri: null, authorize_url: null };
    return { configured: false, ...nothing, ...version, scopes: [], state: null, expires_at: null };
  }
  const { state, expiresAt } = newState(ctx, channel);
  const redirectUri = redirectUriOf(ctx, channel);
  return {
    configured: true,
    app_id: app.appId,
    config_id: app.configId ?? null,
    scopes: [...app.scopes],
    ...version,
    redirect_uri: redirectUri,
    authorize_url: redirectUri && oauth.authorizeUrl(app, { redirectUri, state }, ctx.config),
    state,
    expires_at: new Date(expiresAt).toISOString(),
  };
}
