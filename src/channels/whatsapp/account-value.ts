import { textOf } from "../json";

/** Values of webhooks about accounts. */

export type Json = Record<string, unknown>;

const MAX_SECONDS = 100_000_000_000;
const MAX_DATE_MS = 8_640_000_000_000_000;

/** Milliseconds since 1970, from unix seconds or an ISO date; `undefined` for anything else. */
export function timeOf(value: unknown): number | undefined {
  const text = textOf(value) ?? "";
  const given = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number(text || Number.NaN);
  const ms = given < MAX_SECONDS ? given * 1000 : given;
  return Number.isSafeInteger(ms) && ms > 0 && ms <= MAX_DATE_MS ? ms : undefined;
}

/** `RESTRICTED_ADD_PHONE_NUMBER_ACTION` as words. */
export const wordsOf = (code: string): string => code.toLowerCase().replaceAll("_", " ");

/** The entry of a code that Meta sent; `undefined` for codes that the table does not have. */
export const entryOf = <Value>(table: Readonly<Record<string, Value>>, code: unknown): Value | undefined =>
  typeof code === "string" && Object.hasOwn(table, code) ? table[code] : undefined;
