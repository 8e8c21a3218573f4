import { z } from "@hono/zod-openapi";
import { ChannelError, type ChannelInsights, InsightsDisabledError } from "../../channels/channel";
import { clock, MINUTE, SECOND } from "../../kit/clock";
import type { Ctx } from "../../domain/context";
import { cut } from "../../kit/cut";
import { addDays, dayStart } from "../../kit/day";
import { logError } from "../../kit/log";
import { type Problem, type ProblemKind } from "../../kit/problem";
import { systemContext } from "../access/authenticate";
import { channelRefused, channelUnavailable, whatsappAccountNotFound } from "../integrations/problems";
import { loadSendingAccount, markAccountFailing } from "../integrations/sending-account";
import { RangeFields } from "./model";
import { whatsappInsightsDisabled } from "./problems";
import type { Range } from "../../kit/day-range";

/** Shared by the three kinds of Meta's analytics: account, cache, and the problems for Meta's errors. */

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

/** Meta is asked again only after this long. */
const MAX_AGE_MS = 15 * MINUTE;
/** After a failure this isolate does not call Meta for this long, if it has an older answer to return. */
const PAUSE_MS = 30 * SECOND;
/** By account: the time until which Meta is not called, in milliseconds since 1970. */
const pausedUntil = new Map<string, number>();

type Answer<Kind extends keyof ChannelInsights> = Awaited<ReturnType<ChannelInsights[Kind]>>;
/** `ChannelInsights` for one kind: TypeScript cannot call a member whose kind is a type parameter. */
type InsightsOf<Kind extends keyof ChannelInsights> = Record<
  Kind,
  (question: Parameters<ChannelInsights[Kind]>[0]) => Promise<Answer<Kind>>
>;

interface CachedRow {
  id: string;
  answer: string | null;
  fetched_at: number | null;
}

/** The range in seconds since 1970, from the start of its first day to the end of its last. */
export function secondsOf({ from, to }: Range, timezone: string): { start: number; end: number } {
  return { start: dayStart(timezone, from) / SECOND, end: dayStart(timezone, addDays(to, 1)) / SECOND };
}

/**
 * Answers from the cache if the same question was answered in the last 15 minutes, else asks the channel. If the
 * channel is unavailable, returns the last answer with `is_stale`. Throws `whatsappProblems`.
 */
export async function askInsights<Kind extends keyof ChannelInsights>(
  ctx: Ctx,
  accountId: string | undefined,
  kind: Kind,
  question: Parameters<ChannelInsights[Kind]>[0],
): Promise<{ answer: Answer<Kind>; account_id: string; fetched_at: string; is_stale: boolean }> {
  const cacheKey = JSON.stringify([kind, question]);
  const cached = await accountAndAnswer(ctx, accountId, cacheKey);
  const reply = (answer: Answer<Kind>, fetchedAt: number, isStale: boolean) => ({
    answer,
    account_id: cached.id,
    fetched_at: new Date(fetchedAt).toISOString(),
    is_stale: isStale,
  });
  const cachedReply = (isStale: boolean) =>
    reply(JSON.parse(cached.answer!) as Answer<Kind>, cached.fetched_at!, isStale);
  const now = ctx.now();
  if (cached.fetched_at !== null && now - cached.fetched_at < MAX_AGE_MS) return cachedReply(false);
  if (cached.fetched_at !== null && (pausedUntil.get(cached.id) ?? 0) > now) return cachedReply(true);
  const ref = { orgId: ctx.orgId, tenantDb: ctx.org.tenantDb, accountId: cached.id, channel: "whatsapp" as const };
  const account = await loadSendingAccount(ctx.env, ref);
  try {
    if ("failure" in account) throw account.failure;
    const insights = account.client.insights as InsightsOf<Kind> | undefined;
    if (!insights) throw channelRefused("the channel has no analytics");
    const answer = await insights[kind](question);
    await cacheAnswer(ctx, cached.id, cacheKey, JSON.stringify(answer), now);
    return reply(answer, now, false);
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    if (error.failureClass === "reauth")
      await markAccountFailing(systemContext(ctx, ctx.org), ref.accountId, account, error);
    if (!isTemporary(error)) throw problemOf(error);
    logError("whatsapp_analytics_unavailable", error, { account_id: cached.id });
    pause(cached.id, Math.min(error.retryAfterSeconds ?? 0, 600) * SECOND);
    if (cached.fetched_at === null) throw channelUnavailable(undefined, { cause: error });
    return cachedReply(true);
  }
}

async function accountAndAnswer(ctx: Ctx, accountId: string | undefined, cacheKey: string): Promise<CachedRow> {
  const [row] = await ctx.db.query<CachedRow>(
    `SELECT a.id, c.answer, c.fetched_at FROM integration_accounts a
     LEFT JOIN channel_analytics c ON c.org_id = ?1 AND c.account_id = a.id AND c.question = ?3
     WHERE a.org_id = ?1 AND a.channel = 'whatsapp' AND (?2 IS NULL OR a.id = ?2) ORDER BY a.is_default DESC, a.created_at, a.id LIMIT 1`,
    accountId ?? null,
    cacheKey,
  );
  if (!row) throw whatsappAccountNotFound(accountId === undefined ? "no WhatsApp account is connected" : undefined);
  return row;
}

/** A failure is only logged: an answer that is too large to store is still a valid answer. */
async function cacheAnswer(ctx: Ctx, accountId: string, cacheKey: string, answer: string, now: number): Promise<void> {
  try {
    await ctx.db
      .sql(
        "INSERT OR REPLACE INTO channel_analytics (org_id, account_id, question, answer, fetched_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        accountId,
        cacheKey,
        answer,
        now,
      )
      .run();
  } catch (error) {
    logError("whatsapp_analytics_not_kept", error, { account_id: accountId });
  }
}

function pause(accountId: string, forMs: number): void {
  if (pausedUntil.size >= 1000) pausedUntil.clear();
  pausedUntil.set(accountId, clock.now() + Math.max(PAUSE_MS, forMs));
}

const isTemporary = ({ failureClass }: ChannelError): boolean =>
  ["transient", "throttled", "ambiguous"].includes(failureClass);

function problemOf(error: ChannelError): Problem {
  const { code, title, detail } = error.failure;
  const reason = cut([code, title, detail].filter(Boolean).join(": "), 500);
  return error instanceof InsightsDisabledError
    ? whatsappInsightsDisabled(`enable them in WhatsApp Manager; this cannot be undone. ${reason}`)
    : channelRefused(reason);
}

/** Meta's seconds since 1970 as ISO 8601. */
export const timeOf = (seconds: number): string => new Date(seconds * SECOND).toISOString();

/** The sum of one field, rounded to 6 decimals, which drops the floating-point error of prices. */
export const sumOf = <K extends string>(points: readonly Record<K, number>[], field: K): number =>
  Math.round(points.reduce((total, point) => total + point[field], 0) * 1e6) / 1e6;
