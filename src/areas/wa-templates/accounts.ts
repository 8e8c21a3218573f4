import { ChannelError, type ChannelTemplates } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import type { AccountRef } from "../../domain/sending-account";
import { channelRefused, whatsappAccountNotFound } from "../integrations/problems";
import { loadSendingAccount, markAccountFailing } from "../integrations/sending-account";
import { templateProblemOf } from "./problems";

export interface TemplateAccount {
  id: string;
  wabaId: string;
  templates: ChannelTemplates;
}

/** The ids of the WhatsApp accounts, the default one first. */
export async function whatsappAccountIds(ctx: Ctx): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    "SELECT id FROM integration_accounts WHERE org_id = ?1 AND channel = 'whatsapp' ORDER BY is_default DESC, created_at, id",
  );
  return rows.map(({ id }) => id);
}

/** The asked account's id, else the default one's. Throws `whatsapp_account_not_found`. */
export async function accountIdOf(ctx: Ctx, asked: string | undefined): Promise<string> {
  const ids = await whatsappAccountIds(ctx);
  const id = asked === undefined ? ids[0] : ids.find((each) => each === asked);
  if (id === undefined)
    throw whatsappAccountNotFound(asked === undefined ? "no WhatsApp account is connected" : undefined);
  return id;
}

/** Opens an account and makes calls with it. Shows a dead token on the account. Throws ChannelError. */
export async function withAccount<T>(ctx: Ctx, id: string, work: (account: TemplateAccount) => Promise<T>): Promise<T> {
  const ref: AccountRef = { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, accountId: id, channel: "whatsapp" };
  const used = await loadSendingAccount(ctx.env, ref);
  if ("failure" in used) throw used.failure;
  const { templates, ownerId: wabaId } = used.client;
  if (!templates || wabaId === null) throw channelRefused("the channel has no templates");
  try {
    return await work({ id, wabaId, templates });
  } catch (error) {
    if (error instanceof ChannelError && error.failureClass === "reauth")
      await markAccountFailing(ctx, id, used, error);
    throw error;
  }
}

/** The same for an operation: throws the problem of a ChannelError. */
export async function calledFor<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof ChannelError ? templateProblemOf(error) : error;
  }
}
