import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../domain/context";
import { operation } from "../../domain/operation";
import { COUNTRY_DIGITS, numberPlan } from "../../domain/phone-country";
import { priceOf } from "../campaign-settings/prices";
import { runSettingsOf } from "../campaign-settings/run-settings";
import { CampaignPath } from "./model";
import { campaignNotFound } from "./problems";
import { loadCampaign, objectOf } from "./store";
import { CampaignWarnings, warningsOf } from "./warnings";

const CampaignEstimate = z
  .object({
    currency: z.string().openapi({ example: "USD" }),
    category: z
      .string()
      .nullable()
      .openapi({ description: "As which the channel charges the template; null without one" }),
    recipients: z.int().openapi({ description: "Without those who are skipped already" }),
    countries: z
      .array(
        z.object({
          country: z.string().nullable().openapi({ description: "Two letters; null: not known" }),
          recipients: z.int(),
          price: z.number().nullable().openapi({ description: "For one message; null: the table has none" }),
          total: z.number().nullable(),
        }),
      )
      .openapi({ description: "The most recipients first; empty for email, which no channel charges" }),
    total: z
      .number()
      .openapi({ description: "If each message is delivered, without the recipients whose price is not known" }),
    unknown_recipients: z.int().openapi({ description: "Recipients whose price is not known" }),
    warnings: CampaignWarnings,
  })
  .openapi("CampaignEstimate");

export default operation({
  id: "estimateCampaign",
  summary: "Estimate what a campaign costs",
  description:
    "By the prices of the day on which it is sent. The channel charges what it delivers, so that the real cost, `cost` of the campaign, is usually less.",
  params: CampaignPath,
  response: CampaignEstimate,
  problems: [campaignNotFound],
  handle: ({ ctx, params }) => estimateCampaign(ctx, params.id),
});

const MICROS = 1_000_000;

export async function estimateCampaign(ctx: Ctx, id: string): Promise<z.infer<typeof CampaignEstimate>> {
  const row = await loadCampaign(ctx, id);
  const object = objectOf(ctx, id);
  const { prices } = await runSettingsOf(ctx.db);
  if (row.channel === "email") {
    const { total, skipped } = await object.counts();
    const none = { category: null, countries: [], total: 0, unknown_recipients: 0, warnings: [] };
    return { currency: prices.currency, recipients: total - skipped, ...none };
  }
  const [template] = await ctx.db.query<{ category: string }>(
    "SELECT category FROM wa_templates WHERE org_id = ?1 AND id = ?2",
    row.template_id,
  );
  const category = template?.category ?? null;
  const at = row.started_at ?? row.scheduled_at ?? ctx.now();
  const counted = [...(await countriesOf(await object.prefixes(COUNTRY_DIGITS)))].toSorted((a, b) => b[1] - a[1]);
  const countries = counted.map(([country, recipients]) => {
    const price = category === null ? undefined : priceOf(prices, category, country ?? undefined, at);
    return { country, recipients, price };
  });
  const unknown = countries.filter(({ price }) => price === undefined);
  const all = countries.reduce((sum, { recipients }) => sum + recipients, 0);
  return {
    currency: prices.currency,
    category,
    recipients: all,
    countries: countries.map(({ country, recipients, price }) => ({
      country,
      recipients,
      price: price === undefined ? null : price / MICROS,
      total: price === undefined ? null : (price * recipients) / MICROS,
    })),
    total: countries.reduce((sum, { recipients, price = 0 }) => sum + price * recipients, 0) / MICROS,
    unknown_recipients: unknown.reduce((sum, { recipients }) => sum + recipients, 0),
    warnings: await warningsOf(ctx, row, all),
  };
}

async function countriesOf(prefixes: Readonly<Record<string, number>>): Promise<Map<string | null, number>> {
  const plan = await numberPlan();
  const counts = new Map<string | null, number>();
  for (const [prefix, count] of Object.entries(prefixes)) {
    const country = plan.countryOf(prefix) ?? null;
    counts.set(country, (counts.get(country) ?? 0) + count);
  }
  return counts;
}
