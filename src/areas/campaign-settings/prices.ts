import type { Pricing } from "../../channels/channel";

/**
 * A channel's price of one message, by category and the recipient's country. Amounts are of the table's currency;
 * costs are in millionths of it.
 */

export const PRICED_CATEGORIES = ["marketing", "utility", "authentication", "service"] as const;
type Category = (typeof PRICED_CATEGORIES)[number];

export interface PriceTable {
  currency: string;
  rates: readonly ({
    /** The first day in UTC, as YYYY-MM-DD. */
    effective_from: string;
    /** `*`: all that no other rate names. */
    countries: readonly string[];
  } & Partial<Record<Category, number>>)[];
}

/** The deployment's own table, prices.json, whose operator replaces it. Loaded at its first use. */
export const deploymentPrices = async (): Promise<PriceTable> => (await import("./prices.json")).default;

/** Channels have several names for a category: `MARKETING`, `marketing_lite`, `authentication_international`. */
const categoryNamed = (name: string): Category | undefined =>
  PRICED_CATEGORIES.find((category) => name.toLowerCase().startsWith(category));

/** The price of one message, in millionths; undefined: the table has none. `country`: two letters. */
export function priceOf(
  { rates }: PriceTable,
  category: string,
  country: string | undefined,
  at: number,
): number | undefined {
  const known = categoryNamed(category);
  if (known === undefined) return undefined;
  const day = new Date(at).toISOString().slice(0, 10);
  const newest = (named: string | undefined) =>
    rates
      .filter(
        (rate) =>
          named !== undefined &&
          rate.effective_from <= day &&
          rate[known] !== undefined &&
          rate.countries.includes(named),
      )
      .toSorted((a, b) => (a.effective_from < b.effective_from ? 1 : -1))[0];
  const rate = newest(country) ?? newest("*");
  return rate && Math.round(rate[known]! * 1_000_000);
}

/**
 * Returns the cost of a message that the channel delivered, in millionths; undefined: the table has no price, or the
 * channel has not said yet that it charges. `at`: when the message was delivered.
 */
export function costOf(
  table: PriceTable,
  pricing: Pricing,
  country: string | undefined,
  at: number,
): number | undefined {
  // Answers within a window that the customer opened, and those of an advertisement, are free of charge.
  if (pricing.billable === false || pricing.type?.startsWith("free")) return 0;
  return pricing.category === undefined ? undefined : priceOf(table, pricing.category, country, at);
}
