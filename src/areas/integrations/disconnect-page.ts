import { z } from "@hono/zod-openapi";
import { ChannelError } from "../../channels/channel";
import { eq } from "drizzle-orm";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { accountConfigInvalid, accountNotFound, channelUnavailable, pageNotConnected } from "./problems";
import { removeAccount } from "./remove";
import { accountIdOf, isTemporary, openStored, wordsOf } from "./store";
import { integrationAccounts } from "./table";

export const DisconnectPage = z
  .strictObject({ page_id: z.string().regex(/^\d{1,32}$/, "An id of Meta: digits only") })
  .openapi("DisconnectPage");

const DisconnectedPage = z
  .object({
    message: z.string(),
    page_id: z.string(),
    account_id: z.uuid(),
    unsubscribed: z.boolean().openapi({
      description:
        "Whether Meta took the subscription back. False if it refused, for example because the token is dead",
    }),
    detail: z.string().nullable().openapi({ description: "Meta's words if it refused" }),
  })
  .openapi("DisconnectedPage");

export default operation({
  id: "disconnectMessengerPage",
  summary: "Disconnect a Messenger page",
  description:
    "Ends the page's webhooks at Meta and deletes its integration account. Conversations stay readable, and continue if the page is connected again.",
  body: DisconnectPage,
  response: DisconnectedPage,
  problems: [pageNotConnected, accountNotFound, accountConfigInvalid, channelUnavailable],
  handle: ({ ctx, body }) => disconnectPage(ctx, body.page_id),
});

export async function disconnectPage(ctx: Ctx, pageId: string): Promise<z.infer<typeof DisconnectedPage>> {
  const id = accountIdOf(ctx.orgId, "messenger", pageId);
  const row = await ctx.db.first(integrationAccounts, eq(integrationAccounts.id, id));
  if (!row) throw pageNotConnected();
  const { client } = await openStored(ctx, row);
  let detail: string | null = null;
  try {
    await client.disconnect?.();
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (isTemporary(error)) throw channelUnavailable(wordsOf(error), { cause: error });
    // A dead token must not keep the page connected here.
    detail = wordsOf(error);
  }
  await removeAccount(ctx, id);
  return { message: "page disconnected", page_id: pageId, account_id: id, unsubscribed: detail === null, detail };
}
