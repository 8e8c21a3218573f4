/** Meta's cap on marketing for the person: "wait at least 24 hours". */
export const MARKETING_CAP = "131049";

/** Meta: messaging limits, such as TIER_250 and TIER_2K. TIER_UNLIMITED has none. */
export function peoplePerDay(limit: string): number | undefined {
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/.exec(limit) ?? [];
  return digits === undefined ? undefined : Number(digits) * (thousands === "K" ? 1000 : 1);
}
