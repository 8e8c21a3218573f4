import { z } from "@hono/zod-openapi";
import { operation } from "../../domain/operation";
import { accountField, openMenu, PersistentMenu } from "./menu";
import { accountConfigInvalid, accountNotFound, channelRefused, channelUnavailable, menuUnsupported } from "./problems";
import { askChannel } from "./store";

export default operation({
  id: "getPersistentMenu",
  summary: "Get Messenger persistent menu",
  query: z.object(accountField),
  response: PersistentMenu,
  problems: [accountNotFound, accountConfigInvalid, menuUnsupported, channelRefused, channelUnavailable],
  handle: async ({ ctx, query }) => {
    const { id, menu } = await openMenu(ctx, query.account_id);
    return { account_id: id, persistent_menu: await askChannel(() => menu.get()) };
  },
});
