import { z } from "@hono/zod-openapi";
import { adapterOf } from "../../channels/registry";
import type { Ctx } from "../../domain/context";
import type { CampaignRow } from "./model";

export const CampaignWarnings = z
  .array(z.object({ code: z.enum(["messaging_limit"]), message: z.string() }))
  .openapi({ description: "Facts that people should know; they do not prevent sending" });

/** Returns warnings for a campaign to so many recipients. */
export async function warningsOf(
  ctx: Ctx,
  { channel, account_id: accountId }: Pick<CampaignRow, "channel" | "account_id">,
  recipients: number,
): Promise<z.infer<typeof CampaignWarnings>> {
  const perDay = adapterOf(channel)?.peoplePerDay;
  if (!perDay) return [];
  const [account] = await ctx.db.query<{ messaging_limit: string | null }>(
    "SELECT messaging_limit FROM integration_accounts WHERE org_id = ?1 AND channel = ?2 AND iif(?3 IS NULL, is_default = 1, id = ?3)",
    channel,
    accountId,
  );
  const limit = account?.messaging_limit ?? null;
  const most = limit === null ? undefined : perDay(limit);
  if (most === undefined || recipients <= most) return [];
  return [
    {
      code: "messaging_limit",
      message: `The account may write first to ${most} people in a day (${limit}), and the campaign has ${recipients} recipients: the channel refuses the others until the next day.`,
    },
  ];
}
