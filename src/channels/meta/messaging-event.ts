import type { Party } from "../channel";
import { textOf } from "../json";

export type Json = Record<string, unknown>;

/** Meta: Messenger and Instagram, an event between the account and one person. */
export interface MessagingEvent {
  account: string;
  /** Undefined: the event names nobody. */
  person: Party | undefined;
  /** The account itself acted, in its own inbox or through a program. */
  isOurs: boolean;
  isStandby: boolean;
  /** Milliseconds since 1970; 0: the channel does not say. */
  at: number;
  raw: Json;
}

/** Says which side acted. */
export const byEither = ({ isOurs }: MessagingEvent, person: Party): { from: Party } | { to: Party } =>
  isOurs ? { to: person } : { from: person };

/** The last time of a Date, less what tells edits apart. */
const MAX_TIME = 8_640_000_000_000_000 - 1000;

/** Milliseconds; seconds and ISO times occur. Undefined for none and for 0. */
export function timeOf(value: unknown): number | undefined {
  const text = textOf(value) ?? "";
  const at = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isSafeInteger(at) || at <= 0 || at > MAX_TIME) return undefined;
  return at < 100_000_000_000 ? at * 1000 : at;
}

/** The apps of the inboxes of pages and of Instagram, in which people write. Meta: Handover Protocol. */
export const NATIVE_INBOXES: ReadonlySet<string> = new Set(["263902037430900", "26390203743090", "1217981644879628"]);
