import { z } from "@hono/zod-openapi";
import { channelServices, type OAuthAccount } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { Problem } from "../../kit/problem";
import { connectAccount, connectProblems } from "./connect-account";
import { loginProblems, openLogin } from "./login";
import { loginFields } from "./login-model";
import { IntegrationAccount } from "./model";
import { askChannel } from "./store";

export const SubscribePages = z
  .strictObject({
    state: loginFields.state.openapi({ description: "The state of the login that answered the pages" }),
    page_ids: z
      .array(z.string().regex(/^\d{1,32}$/, "An id of Meta: digits only"))
      .min(1)
      .max(50)
      .openapi({ description: "Pages of the login" }),
  })
  .openapi("SubscribePages");

const SubscribedPage = z
  .object({
    page_id: z.string(),
    status: z.enum(["connected", "failed"]),
    account: IntegrationAccount.nullable().openapi({ description: "The page's integration account" }),
    code: z.string().nullable().openapi({ description: "The problem's code for a page that failed" }),
    detail: z.string().nullable().openapi({ description: "The reason in words, of the channel if it refused" }),
  })
  .openapi("SubscribedPage");
type SubscribedPage = z.infer<typeof SubscribedPage>;

export const SubscribedPages = z.object({ pages: z.array(SubscribedPage) }).openapi("SubscribedPages");

export default operation({
  id: "subscribeMessengerPages",
  summary: "Subscribe selected Facebook Pages to Messenger webhooks",
  description:
    "Each page becomes an integration account, or gets its new token. A page that fails does not stop the others, and may be repeated within the login's hour.",
  body: SubscribePages,
  response: SubscribedPages,
  problems: loginProblems,
  handle: ({ ctx, body }) => subscribePages(ctx, body),
});

export async function subscribePages(
  ctx: Ctx,
  { state, page_ids }: z.infer<typeof SubscribePages>,
): Promise<z.infer<typeof SubscribedPages>> {
  const login = await openLogin(ctx, "messenger", { state });
  const found = await askChannel(() => login.oauth.accounts(login.grant, {}, channelServices(ctx.env)));
  const pages: SubscribedPage[] = [];
  // One after another, since the first account of a channel becomes its default.
  for (const id of new Set(page_ids)) {
    pages.push(
      await subscribePage(
        ctx,
        id,
        found.find(({ externalId }) => externalId === id),
      ),
    );
  }
  return { pages };
}

async function subscribePage(ctx: Ctx, id: string, page: OAuthAccount | undefined): Promise<SubscribedPage> {
  const failed = { page_id: id, status: "failed" as const, account: null };
  if (!page?.config)
    return { ...failed, code: "page_not_found", detail: page?.refusal ?? "the login does not open this page" };
  try {
    const input = { displayName: page.displayName, config: page.config };
    return {
      page_id: id,
      status: "connected",
      account: await connectAccount(ctx, "messenger", input),
      code: null,
      detail: null,
    };
  } catch (error) {
    if (!(error instanceof Problem) || !connectProblems.includes(error.kind)) throw error;
    return { ...failed, code: error.kind.code, detail: error.message };
  }
}
