import { z } from "@hono/zod-openapi";
import { happened } from "../../domain/event";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { commit } from "../../kit/commit";
import { accountField, Menu, openMenu, PersistentMenu } from "./menu";
import { accountConfigInvalid, accountNotFound, channelRefused, channelUnavailable, menuUnsupported } from "./problems";
import { askChannel } from "./store";

export const SetPersistentMenu = z
  .strictObject({
    ...accountField,
    persistent_menu: Menu.nullable().openapi({ description: "The menu in each locale; null deletes it" }),
  })
  .openapi("SetPersistentMenu");

export default operation({
  id: "setPersistentMenu",
  summary: "Set or delete Messenger persistent menu",
  description: "Replaces the whole menu. A page without a Get Started button gets one, which the menu needs.",
  body: SetPersistentMenu,
  examples: {
    "Two entries": {
      persistent_menu: [
        {
          call_to_actions: [
            { type: "postback", title: "Talk to a person", payload: "PERSON" },
            { type: "web_url", title: "My orders", url: "https://shop.example.com/orders" },
          ],
        },
      ],
    },
    Delete: { persistent_menu: null },
  },
  response: PersistentMenu,
  problems: [accountNotFound, accountConfigInvalid, menuUnsupported, channelRefused, channelUnavailable],
  handle: ({ ctx, body }) => setMenu(ctx, body),
});

export async function setMenu(
  ctx: Ctx,
  { account_id, persistent_menu }: z.infer<typeof SetPersistentMenu>,
): Promise<z.infer<typeof PersistentMenu>> {
  const { id, menu } = await openMenu(ctx, account_id);
  const shown = await askChannel(async () => {
    await (persistent_menu === null ? menu.remove() : menu.set(persistent_menu));
    return menu.get();
  });
  const change = { persistent_menu: ["(unknown)", persistent_menu === null ? "(deleted)" : "(set)"] };
  await commit(ctx, { write: [], events: [happened("account.updated", id, change)] });
  return { account_id: id, persistent_menu: shown };
}
