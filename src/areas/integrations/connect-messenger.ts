import { z } from "@hono/zod-openapi";
import { channelServices } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { loginProblems, openLogin, redirectUriOf } from "./login";
import { loginFields } from "./login-model";
import { accountIdOf, askChannel } from "./store";

export const ConnectMessenger = z.strictObject(loginFields).openapi("ConnectMessenger");

const MessengerPage = z
  .object({
    page_id: z.string(),
    name: z.string(),
    can_subscribe: z.boolean(),
    refusal: z.string().nullable().openapi({ description: "Why the page cannot be subscribed; null if it can be" }),
    account_id: z.uuid().nullable().openapi({ description: "The page's integration account, if it is connected" }),
  })
  .openapi("MessengerPage");

export const MessengerPages = z
  .object({
    state: z.string().openapi({ description: "To be sent to `POST /api/integrations/messenger/pages/subscribe`" }),
    expires_at: z.iso.datetime().openapi({ description: "Until when pages can be subscribed with this login" }),
    pages: z.array(MessengerPage),
  })
  .openapi("MessengerPages");

export default operation({
  id: "connectMessenger",
  summary: "Connect Messenger via Facebook Login OAuth",
  description:
    "Exchanges the code and answers the pages of the person. Nothing is connected before pages are subscribed, within an hour.",
  body: ConnectMessenger,
  response: MessengerPages,
  problems: loginProblems,
  handle: ({ ctx, body }) => connectMessenger(ctx, body),
});

export async function connectMessenger(
  ctx: Ctx,
  input: z.infer<typeof ConnectMessenger>,
): Promise<z.infer<typeof MessengerPages>> {
  const redirectUri = redirectUriOf(ctx, "messenger") ?? undefined;
  const login = await openLogin(ctx, "messenger", { ...input, redirect_uri: redirectUri });
  const found = await askChannel(() => login.oauth.accounts(login.grant, {}, channelServices(ctx.env)));
  const ids = new Map(found.map(({ externalId }) => [externalId, accountIdOf(ctx.orgId, "messenger", externalId)]));
  const connected = await ctx.db.query<{ id: string }>(
    "SELECT id FROM integration_accounts WHERE org_id = ?1 AND id IN (SELECT value FROM json_each(?2))",
    JSON.stringify([...ids.values()]),
  );
  return {
    state: input.state,
    expires_at: new Date(login.expiresAt).toISOString(),
    pages: found.map(({ externalId, displayName, refusal }) => ({
      page_id: externalId,
      name: displayName,
      can_subscribe: refusal === undefined,
      refusal: refusal ?? null,
      account_id: connected.find(({ id }) => id === ids.get(externalId))?.id ?? null,
    })),
  };
}
