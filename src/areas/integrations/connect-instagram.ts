import { z } from "@hono/zod-openapi";
import { channelServices } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { connectAccount, connectProblems } from "./connect-account";
import { closeLogin, loginProblems, openLogin, redirectUriOf } from "./login";
import { loginFields } from "./login-model";
import { IntegrationAccount } from "./model";
import { channelRefused } from "./problems";
import { askChannel } from "./store";

export const ConnectInstagram = z.strictObject(loginFields).openapi("ConnectInstagram");

export default operation({
  id: "connectInstagram",
  summary: "Connect Instagram account via OAuth",
  description:
    "Exchanges the code for a token of 60 days, which is renewed by itself, and subscribes to the account. An account that is connected gets the new token.",
  body: ConnectInstagram,
  response: IntegrationAccount,
  problems: [...new Set([...loginProblems, ...connectProblems])],
  handle: ({ ctx, body }) => connectInstagram(ctx, body),
});

export async function connectInstagram(ctx: Ctx, input: z.infer<typeof ConnectInstagram>): Promise<IntegrationAccount> {
  const redirectUri = redirectUriOf(ctx, "instagram") ?? undefined;
  const login = await openLogin(ctx, "instagram", { ...input, redirect_uri: redirectUri });
  const [found] = await askChannel(() => login.oauth.accounts(login.grant, {}, channelServices(ctx.env)));
  if (!found?.config) throw channelRefused(found?.refusal ?? "the login opens no account");
  const account = await connectAccount(ctx, "instagram", { displayName: found.displayName, config: found.config });
  await closeLogin(ctx, login);
  return account;
}
