/** Days as `YYYY-MM-DD`, which are the organization's: no zone moves them. Pure. */
export interface Range {
  from: string;
  to: string;
}

const DAY_MS = 86_400_000;
const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const addDays = (day: string, n: number): string => dayOf(at(day) + n * DAY_MS);
export const lengthOf = ({ from, to }: Range): number => Math.round((at(to) - at(from)) / DAY_MS) + 1;
/** The days as long as the range, up to the day before it. */
export const before = (range: Range): Range => ({
  from: addDays(range.from, -lengthOf(range)),
  to: addDays(range.from, -1),
});
export const daysIn = ({ from, to }: Range): string[] =>
  Array.from({ length: lengthOf({ from, to }) }, (_, i) => addDays(from, i));

export const todayIn = (timeZone: string, now: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);

export const SPANS = ["7d", "14d", "30d", "90d", "month", "last_month"] as const;
export type Span = (typeof SPANS)[number];
/** The API's bound. */
export const MAX_DAYS = 366;

export function rangeOf(span: Span, today: string): Range {
  const firstOfMonth = `${today.slice(0, 8)}01`;
  if (span === "month") return { from: firstOfMonth, to: today };
  if (span === "last_month") {
    const to = addDays(firstOfMonth, -1);
    return { from: `${to.slice(0, 8)}01`, to };
  }
  return { from: addDays(today, 1 - Number.parseInt(span, 10)), to: today };
}

const isDay = (text: string | null): text is string =>
  text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at(text));

/** Reads an address: a span by its name, or two days. Undefined: it names none that the API would answer. */
export function readRange(search: string): Span | Range | undefined {
  const params = new URLSearchParams(search);
  const [span, from, to] = ["range", "from", "to"].map((name) => params.get(name) ?? null);
  if ((SPANS as readonly (string | null)[]).includes(span ?? null)) return span as Span;
  if (!isDay(from ?? null) || !isDay(to ?? null)) return undefined;
  const range = { from: from!, to: to! };
  return range.from <= range.to && lengthOf(range) <= MAX_DAYS ? range : undefined;
}

export const writeRange = (chosen: Span | Range): string =>
  typeof chosen === "string" ? `range=${chosen}` : `from=${chosen.from}&to=${chosen.to}`;
