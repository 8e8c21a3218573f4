import { z } from "@hono/zod-openapi";
import { ChannelError, type ChannelInsights, InsightsDisabledError } from "../../channels/channel";
import { clock, MINUTE, SECOND } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { addDays, dayStart } from "../../kit/day";
import { logError } from "../../kit/log";
import { type Problem, type ProblemKind } from "../../kit/problem";
import { channelRefused, channelUnavailable } from "../integrations/problems";
import { loadSendingAccount, markAccountFailing } from "../integrations/sending-account";
import { RangeFields } from "./model";
import { whatsappAccountNotFound, whatsappInsightsDisabled } from "./problems";
import type { Range } from "../../kit/day-range";

/** Shared by the three analytics of Meta: the account, the age of the answer, and the problems for Meta's errors. */

export const accountQuery = {
  account_id: z
    .uuid()
    .optional()
    .openapi({ description: "A WhatsApp integration account of the organization; defaults to the default one" }),
};
export const phoneNumberQuery = {
  phone_number: z
    .string()
    .regex(/^\d{6,15}$/)
    .optional()
    .openapi({
      description: "Only this number of the business account; digits with the country code",
      example: "6281234567890",
    }),
};

export const AnswerFields = {
  account_id: z.uuid(),
  waba_id: z.string().openapi({ description: "Id of the WhatsApp Business Account; Meta counts all of its numbers" }),
  ...RangeFields,
  fetched_at: z.iso
    .datetime()
    .openapi({ description: "Time at which the data was fetched from Meta; fetched again after 15 minutes" }),
  is_stale: z.boolean().openapi({ description: "True if Meta is not responding and the data is from an earlier call" }),
};

export const whatsappProblems: ProblemKind[] = [
  whatsappAccountNotFound,
  whatsappInsightsDisabled,
  channelRefused,
  channelUnavailable,
];

const FRESH_MS = 15 * MINUTE;
/** How long this isolate does not call Meta again after a failure, while it has an older answer to return. */
const REST_MS = 30 * SECOND;
const resting = new Map<string, number>();

type Answer<Kind extends keyof ChannelInsights> = Awaited<ReturnType<ChannelInsights[Kind]>>;
/** The same calls, for a kind that is only known to the caller. */
type Ask<Kind extends keyof ChannelInsights> = Record<
  Kind,
  (question: Parameters<ChannelInsights[Kind]>[0]) => Promise<Answer<Kind>>
>;

interface KeptRow {
  id: string;
  answer: string | null;
  fetched_at: number | null;
}

/** From the beginning of the first day to the end of the last, in seconds. */
export function secondsOf({ from, to }: Range, timezone: string): { start: number; end: number } {
  return { start: dayStart(timezone, from) / SECOND, end: dayStart(timezone, addDays(to, 1)) / SECOND };
}

/** Asks the channel, or answers what it said in the last 15 minutes to the same question. Throws `whatsappProblems`. */
export async function askInsights<Kind extends keyof ChannelInsights>(
  ctx: Ctx,
  accountId: string | undefined,
  kind: Kind,
  question: Parameters<ChannelInsights[Kind]>[0],
): Promise<{ answer: Answer<Kind>; account_id: string; fetched_at: string; is_stale: boolean }> {
  const asked = JSON.stringify([kind, question]);
  const kept = await accountAndAnswer(ctx, accountId, asked);
  const reply = (answer: Answer<Kind>, fetchedAt: number, isStale: boolean) => ({
    answer,
    account_id: kept.id,
    fetched_at: new Date(fetchedAt).toISOString(),
    is_stale: isStale,
  });
  const keptReply = (isStale: boolean) => reply(JSON.parse(kept.answer!) as Answer<Kind>, kept.fetched_at!, isStale);
  const now = ctx.now();
  if (kept.fetched_at !== null && now - kept.fetched_at < FRESH_MS) return keptReply(false);
  if (kept.fetched_at !== null && (resting.get(kept.id) ?? 0) > now) return keptReply(true);
  const ref = { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, accountId: kept.id, channel: "whatsapp" as const };
  const account = await loadSendingAccount(ctx.env, ref);
  try {
    if ("failure" in account) throw account.failure;
    const insights = account.client.insights as Ask<Kind> | undefined;
    if (!insights) throw channelRefused("the channel has no analytics");
    const answer = await insights[kind](question);
    await keep(ctx, kept.id, asked, JSON.stringify(answer), now);
    return reply(answer, now, false);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.failureClass === "reauth") await markAccountFailing(ctx.env, ref, account, error);
    if (!isPassing(error)) throw refusalOf(error);
    logError("whatsapp_analytics_unavailable", error, { account_id: kept.id });
    rest(kept.id, Math.min(error.retryAfterSeconds ?? 0, 600) * SECOND);
    if (kept.fetched_at === null) throw channelUnavailable(undefined, { cause: error });
    return keptReply(true);
  }
}

async function accountAndAnswer(ctx: Ctx, accountId: string | undefined, asked: string): Promise<KeptRow> {
  const [row] = await ctx.db.query<KeptRow>(
    `SELECT a.id, c.answer, c.fetched_at FROM integration_accounts a
     LEFT JOIN channel_analytics c ON c.org_id = ?1 AND c.account_id = a.id AND c.question = ?3
     WHERE a.org_id = ?1 AND a.channel = 'whatsapp' AND (?2 IS NULL OR a.id = ?2) ORDER BY a.is_default DESC, a.created_at, a.id LIMIT 1`,
    accountId ?? null,
    asked,
  );
  if (!row) throw whatsappAccountNotFound(accountId === undefined ? "no WhatsApp account is connected" : undefined);
  return row;
}

/** An answer that cannot be kept, being too large say, is an answer all the same. */
async function keep(ctx: Ctx, accountId: string, asked: string, answer: string, now: number): Promise<void> {
  try {
    await ctx.db
      .sql(
        "INSERT OR REPLACE INTO channel_analytics (org_id, account_id, question, answer, fetched_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        accountId,
        asked,
        answer,
        now,
      )
      .run();
  } catch (error) {
    logError("whatsapp_analytics_not_kept", error, { account_id: accountId });
  }
}

function rest(accountId: string, forMs: number): void {
  if (resting.size >= 1000) resting.clear();
  resting.set(accountId, clock.now() + Math.max(REST_MS, forMs));
}

const isPassing = ({ failureClass }: ChannelError): boolean =>
  ["transient", "throttled", "ambiguous"].includes(failureClass);

function refusalOf(error: ChannelError): Problem {
  const { code, title, detail } = error.failure;
  const words = cut([code, title, detail].filter(Boolean).join(": "), 500);
  return error instanceof InsightsDisabledError
    ? whatsappInsightsDisabled(`enable them in WhatsApp Manager; this cannot be undone. ${words}`)
    : channelRefused(words);
}

/** A time of Meta's as it is said outside. */
export const timeOf = (seconds: number): string => new Date(seconds * SECOND).toISOString();

/** Rounded to what a sum of prices means. */
export const sumOf = <K extends string>(points: readonly Record<K, number>[], of: K): number =>
  Math.round(points.reduce((total, point) => total + point[of], 0) * 1e6) / 1e6;
