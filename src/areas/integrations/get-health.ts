import { z } from "@hono/zod-openapi";
import { type AccountHealth as Report, CHANNELS, ChannelError } from "../../channels/channel";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { MINUTE } from "../../kit/clock";
import { RecentCache } from "../../kit/recent-cache";
import { systemContext } from "../access/authenticate";
import { changeState } from "./change-state";
import { AccountPath, IntegrationAccount } from "./model";
import {
  accountConfigInvalid,
  accountNotFound,
  channelRefused,
  channelUnavailable,
  healthUnsupported,
} from "./problems";
import { markAccountFailing, usedOf } from "./sending-account";
import { channelProblem, loadAccount, openStored } from "./store";
import type { AccountRow } from "./table";

const Words = z.string().nullable();

const HealthEntity = z
  .object({
    entity_type: z.string().openapi({ description: "PHONE_NUMBER, WABA, BUSINESS, APP or MESSAGE_TEMPLATE" }),
    id: Words,
    can_send_message: Words.openapi({ description: "AVAILABLE, LIMITED or BLOCKED" }),
    additional_info: z.array(z.string()),
    errors: z.array(z.object({ error_code: Words, error_description: Words, possible_solution: Words })),
  })
  .openapi("AccountHealthEntity");

export const AccountHealth = z
  .object({
    account_id: z.uuid(),
    channel: z.enum(CHANNELS),
    can_send_message: Words.openapi({
      description: "AVAILABLE, LIMITED or BLOCKED: the worst of its entities; null if Meta does not report it",
    }),
    entities: z.array(HealthEntity),
    quality_rating: Words.openapi({ description: "GREEN, YELLOW, RED, UNKNOWN or NA" }),
    messaging_limit: Words.openapi({
      description: "How many people may be messaged first in a day, as Meta's code, for example TIER_2K",
    }),
    throughput: Words.openapi({ description: "STANDARD, HIGH or NOT_APPLICABLE" }),
    status: Words.openapi({ description: "CONNECTED, PENDING, DISCONNECTED …" }),
    name_status: Words.openapi({ description: "Meta's review of the display name" }),
    code_verification_status: Words,
    account_mode: Words.openapi({ description: "LIVE or SANDBOX" }),
    verified_name: Words,
    display_phone_number: Words.openapi({ description: "Digits only" }),
    health: IntegrationAccount.shape.health,
    health_detail: IntegrationAccount.shape.health_detail,
    checked_at: z.iso.datetime().openapi({ description: "When Meta was asked, at most a minute ago" }),
  })
  .openapi("AccountHealth");

export default operation({
  id: "getIntegrationAccountHealth",
  summary: "Fetch WhatsApp account health from Meta Graph API",
  description:
    "Asked at most once a minute; after a webhook about the account, or a change of its configuration, Meta is asked anew. All words are Meta's; those that it does not report are null.",
  params: AccountPath,
  response: AccountHealth,
  problems: [accountNotFound, accountConfigInvalid, healthUnsupported, channelRefused, channelUnavailable],
  handle: ({ ctx, params }) => getAccountHealth(ctx, params.id),
});

interface Checked {
  report: Report;
  at: number;
}

/** Keyed by what makes a report obsolete besides its age, so that every isolate notices. */
const cache = new RecentCache<Checked>({ maxAgeMs: MINUTE, maxEntries: 1000 });
const keyOf = ({ id, reports, config }: AccountRow): string => JSON.stringify([id, reports, config.access_token]);

export async function getAccountHealth(ctx: Ctx, id: string): Promise<z.infer<typeof AccountHealth>> {
  const row = await loadAccount(ctx, id);
  const { report, at } = await cache.getOrRead(keyOf(row), async () => ({
    report: await askHealth(ctx, row),
    at: ctx.now(),
  }));
  return {
    account_id: id,
    channel: row.channel,
    can_send_message: report.canSend,
    entities: report.entities.map((entity) => ({
      entity_type: entity.type,
      id: entity.id,
      can_send_message: entity.canSend,
      additional_info: entity.notes,
      errors: entity.errors.map(({ code, description, solution }) => ({
        error_code: code,
        error_description: description,
        possible_solution: solution,
      })),
    })),
    quality_rating: report.qualityRating,
    messaging_limit: report.messagingLimit,
    throughput: report.throughput,
    status: report.status,
    name_status: report.nameStatus,
    code_verification_status: report.verificationStatus,
    account_mode: report.accountMode,
    verified_name: report.name,
    display_phone_number: report.displayNumber,
    health: row.health,
    health_detail: row.healthDetail,
    checked_at: new Date(at).toISOString(),
  };
}

/** Asks the channel, and keeps what it says differently from the account's row. */
async function askHealth(ctx: Ctx, row: AccountRow): Promise<Report> {
  const { client } = await openStored(ctx, row);
  if (!client.health) throw healthUnsupported();
  // The channel changes the account, not the caller.
  const system = systemContext(ctx, ctx.org);
  try {
    const report = await client.health();
    await changeState(system, row.id, (now) => withHealth(now, row, report));
    return report;
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.failureClass === "reauth") await markAccountFailing(system, row.id, usedOf(row, client), error);
    throw channelProblem(error);
  }
}

/** The account with what the report says; the same object if that is known, or a webhook has arrived meanwhile. */
function withHealth(now: AccountRow, asked: AccountRow, report: Report): AccountRow {
  const said = {
    qualityRating: report.qualityRating ?? now.qualityRating,
    messagingLimit: report.messagingLimit ?? now.messagingLimit,
    displayNumber: report.displayNumber ?? now.displayNumber,
    verifiedName: report.name ?? now.verifiedName,
  };
  const isNews = Object.entries(said).some(([field, value]) => now[field as keyof typeof said] !== value);
  return isNews && JSON.stringify(now.reports) === JSON.stringify(asked.reports) ? { ...now, ...said } : now;
}
