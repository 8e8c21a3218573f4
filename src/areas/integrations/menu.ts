import { z } from "@hono/zod-openapi";
import { and, eq } from "drizzle-orm";
import type { ChannelMenu } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { publicUrlFault } from "../../kit/public-url";
import { accountNotFound, menuUnsupported } from "./problems";
import { openStored } from "./store";
import { integrationAccounts } from "./table";

/** The persistent menu of a Messenger page. Limits: Meta, Messenger Platform, "Persistent menu". */

const Title = z.string().trim().min(1).max(30);
const MenuItem = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("postback"),
    title: Title,
    payload: z.string().min(1).max(1000).openapi({ description: "Arrives as a message of type `postback`" }),
  }),
  z.strictObject({
    type: z.literal("web_url"),
    title: Title,
    url: z
      .string()
      .max(2048)
      .superRefine((url, context) => {
        const fault = publicUrlFault(url);
        if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
      })
      .openapi({ example: "https://shop.example.com/orders" }),
    webview_height_ratio: z.enum(["compact", "tall", "full"]).optional(),
  }),
]);

const MenuOfLocale = z
  .strictObject({
    locale: z
      .string()
      .regex(/^(default|[a-z]{2,3}_[A-Z]{2})$/, "`default` or a locale such as id_ID")
      .default("default"),
    composer_input_disabled: z
      .boolean()
      .default(false)
      .openapi({ description: "If true, people can only use the menu and cannot write" }),
    call_to_actions: z.array(MenuItem).min(1).max(20),
  })
  .openapi("PersistentMenuOfLocale");

export const Menu = z
  .array(MenuOfLocale)
  .min(1)
  .max(100)
  .superRefine((menu, context) => {
    const locales = menu.map(({ locale }) => locale);
    if (!locales.includes("default")) context.addIssue({ code: "custom", message: "needs a menu for `default`" });
    if (new Set(locales).size < locales.length) context.addIssue({ code: "custom", message: "has a locale twice" });
  });

export const PersistentMenu = z
  .object({
    account_id: z.uuid(),
    persistent_menu: z
      .array(
        z.object({
          locale: z.string(),
          composer_input_disabled: z.boolean(),
          call_to_actions: z.array(
            z.object({
              type: z.enum(["postback", "web_url"]),
              title: z.string(),
              payload: z.string().optional(),
              url: z.string().optional(),
              webview_height_ratio: z.enum(["compact", "tall", "full"]).optional(),
            }),
          ),
        }),
      )
      .openapi({ description: "The menu in each locale; empty if there is none" }),
  })
  .openapi("PersistentMenu");

export const accountField = {
  account_id: z.uuid().optional().openapi({ description: "A Messenger account; by default the channel's default one" }),
};

/** Opens the account's menu. Throws `integration_account_not_found`, `menu_unsupported`. */
export async function openMenu(ctx: Ctx, accountId: string | undefined): Promise<{ id: string; menu: ChannelMenu }> {
  const row = await ctx.db.first(
    integrationAccounts,
    and(
      eq(integrationAccounts.channel, "messenger"),
      accountId === undefined ? eq(integrationAccounts.isDefault, true) : eq(integrationAccounts.id, accountId),
    )!,
  );
  if (!row) throw accountNotFound();
  const { menu } = (await openStored(ctx, row)).client;
  if (!menu) throw menuUnsupported();
  return { id: row.id, menu };
}
