import { happened } from "../../domain/event";
import { z } from "@hono/zod-openapi";
import { CHANNELS, type ConnectOptions } from "../../channels/channel";
import { adapterOf } from "../../channels/registry";
import { commit } from "../../kit/commit";
import type { Ctx } from "../../domain/context";
import { isUniqueViolation } from "../../kit/database";
import { randomToken } from "../../kit/id";
import { operation } from "../../domain/operation";
import { divisionUnknown } from "../divisions/problems";
import { requireKnownDivision } from "../divisions/require";
import { claimRoute, isHeldByAnother } from "./claim-route";
import { sealConfig } from "./config-secrets";
import { AccountConfig, DisplayName, IntegrationAccount, toIntegrationAccount } from "./model";
import {
  accountConfigInvalid,
  accountExists,
  channelRefused,
  channelUnavailable,
  channelUnsupported,
} from "./problems";
import { accountIdOf, accountKeyOf, connectAtChannel, noDefault, openAccount } from "./store";
import { type AccountRow, integrationAccounts } from "./table";
import { wakeParked } from "./unrouted";

export const CreateIntegrationAccount = z
  .strictObject({
    channel: z.enum(CHANNELS),
    account_key: z.string().trim().min(1).max(200).optional().openapi({
      description:
        "Unique within a channel. For WhatsApp it is derived from `phone_number_id`; any other value is refused.",
    }),
    display_name: DisplayName,
    is_active: z.boolean().default(true).openapi({
      description: "If false, nothing is sent through the account and incoming updates wait until it is active",
    }),
    is_default: z
      .boolean()
      .default(false)
      .openapi({ description: "Make this the channel's default account. The first account of a channel always is" }),
    division_id: z
      .uuid()
      .nullable()
      .optional()
      .openapi({ description: "The division of the account's new conversations; null for none" }),
    config: AccountConfig,
  })
  .openapi("CreateIntegrationAccount");

export default operation({
  id: "createIntegrationAccount",
  summary: "Create an integration account",
  description:
    "Registers and subscribes a number at the channel, or checks the key of an email address. Webhook updates received for it before are processed now.",
  body: CreateIntegrationAccount,
  examples: {
    WhatsApp: {
      channel: "whatsapp",
      display_name: "Toko Biru",
      config: { phone_number_id: "106540352242922", waba_id: "102290129340398", access_token: "EAAGexample" },
    },
    Instagram: {
      channel: "instagram",
      display_name: "@toko.biru",
      config: { instagram_id: "17841400000000001", access_token: "IGAAexample", human_agent: "true" },
    },
    Messenger: {
      channel: "messenger",
      display_name: "Toko Biru",
      config: { page_id: "111899832631525", access_token: "EAAGexample" },
    },
    Email: {
      channel: "email",
      display_name: "Support",
      config: {
        address: "support@example.com",
        provider: "resend",
        api_key: "re_example",
        inbound_secret: "a-secret-of-your-own",
      },
    },
  },
  response: IntegrationAccount,
  status: 201,
  idempotent: "stored",
  problems: [
    channelUnsupported,
    accountConfigInvalid,
    accountExists,
    channelRefused,
    channelUnavailable,
    divisionUnknown,
  ],
  handle: ({ ctx, body }) => createAccount(ctx, body),
});

export async function createAccount(
  ctx: Ctx,
  input: Omit<z.infer<typeof CreateIntegrationAccount>, "display_name"> & { display_name?: string | undefined },
  options?: ConnectOptions,
): Promise<IntegrationAccount> {
  const adapter = adapterOf(input.channel);
  if (!adapter) throw channelUnsupported();
  const account = openAccount(ctx, adapter, input.config);
  await requireKnownDivision(ctx, input.division_id);
  const { externalId } = account;
  const accountKey = accountKeyOf(adapter, externalId, input.account_key);
  const before = await ctx.db.query<{ account_key: string }>(
    "SELECT account_key FROM integration_accounts WHERE org_id = ?1 AND channel = ?2",
    input.channel,
  );
  if (before.some((row) => row.account_key === accountKey)) throw accountExists();
  const id = accountIdOf(ctx.orgId, input.channel, externalId);
  const now = ctx.now();
  const sealed = await sealConfig(ctx.config, adapter, id, input.config);
  const row: AccountRow = {
    id,
    orgId: ctx.orgId,
    channel: input.channel,
    accountKey,
    displayName: input.display_name ?? accountKey,
    isActive: input.is_active,
    isDefault: input.is_default || before.length === 0,
    divisionId: input.division_id ?? null,
    config: sealed,
    verifyToken: account.verifyToken ?? randomToken(18),
    health: "connected",
    healthDetail: null,
    displayNumber: null,
    qualityRating: null,
    messagingLimit: null,
    verifiedName: null,
    restrictedUntil: null,
    reports: {},
    renewAt: account.renewAt ?? null,
    createdAt: now,
    updatedAt: now,
  };
  // The answer must not reveal more than that another organization has the account.
  if (await isHeldByAnother(ctx, input.channel, externalId)) throw accountExists();
  Object.assign(row, await connectAtChannel(account, options));
  const verifyToken = await claimRoute(ctx, row, account);
  if (verifyToken === undefined) throw accountExists();
  row.verifyToken = verifyToken;
  const answer = await toIntegrationAccount(ctx, row);
  const { orgId: _, ...values } = row;
  try {
    await commit(ctx, {
      write: [...(row.isDefault ? [noDefault(ctx, row.channel)] : []), ctx.db.insert(integrationAccounts, values)],
      events: [
        happened("account.connected", id, { account_key: [null, accountKey], display_name: [null, row.displayName] }),
      ],
      answer,
      status: 201,
    });
  } catch (error) {
    if (isUniqueViolation(error, "integration_accounts")) throw accountExists();
    throw error;
  }
  if (row.isActive) ctx.background(wakeParked(ctx));
  return answer;
}
