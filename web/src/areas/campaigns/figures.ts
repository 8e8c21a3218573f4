import { locale } from "../../kit/words";

/** `93.1 %`; a share of nobody is none. */
export const share = (part: number | null): string =>
  part === null
    ? "–"
    : new Intl.NumberFormat(locale.get(), { style: "percent", maximumFractionDigits: 1 }).format(part);

/** An amount in its currency; small prices keep the digits that matter. */
export const money = (amount: number, currency: string): string =>
  new Intl.NumberFormat(locale.get(), {
    style: "currency",
    currency,
    trailingZeroDisplay: "stripIfInteger",
    ...(amount !== 0 && Math.abs(amount) < 1 && { maximumFractionDigits: 4 }),
  }).format(amount);
