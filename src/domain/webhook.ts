import { DAY, HOUR, MINUTE, SECOND } from "../kit/clock";
import { uuidV5 } from "../kit/id";
import type { SubscribableType } from "./event";

/** The rules of outgoing webhooks (docs/webhooks.md). Pure. */

/** Standard Webhooks advises against more. */
export const MAX_PAYLOAD_BYTES = 20_000;

/** The delays before the second and later attempts. */
const LADDER_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR] as const;
export const MAX_ATTEMPTS = LADDER_MS.length + 1;
const LONGEST_MS = Math.max(...LADDER_MS);
const JITTER = 0.2;
/** Until this attempt has failed, a delivery holds back the later ones about the same entity. */
export const HOLDS_UNTIL_ATTEMPT = 4;
/** An endpoint that has failed for so long is switched off. */
export const GIVE_UP_AFTER_MS = 5 * DAY;

/**
 * The delay before the next attempt after `attempts` failed ones; undefined: it was the last. `askedMs` is what the
 * endpoint asks for, `random` in [0, 1).
 */
export function retryDelayMs(attempts: number, askedMs: number | undefined, random: number): number | undefined {
  const step = LADDER_MS[attempts - 1];
  if (step === undefined) return undefined;
  const jittered = step * (1 - JITTER + 2 * JITTER * random);
  return Math.round(Math.max(jittered, Math.min(askedMs ?? 0, LONGEST_MS)));
}

/** The time that a Retry-After asks to wait, in seconds or as a date; undefined if it is neither. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/**
 * The id of an event's delivery to a webhook, the same each time: the event's time and place as in a UUIDv7, so that
 * ids sort as events happened, and 62 bits of the UUIDv5 of both. `order` counts within the entity.
 */
export function deliveryIdOf(webhookId: string, eventId: string, at: number, order: number): string {
  return `${idAt(at)}-7${hex(order % 4096, 3)}-${uuidV5(webhookId, eventId).slice(19)}`;
}

/** Sorts before every delivery of an event at `at` or later, and after those before. */
export const idAt = (at: number): string => hex(at, 12).replace(/^.{8}/, "$&-");
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");

/** The body of a delivery, in full or, if that is too much, with ids and where to read the rest. */
export function payloadOf(type: SubscribableType, at: number, data: object, thin: () => object): string {
  const text = (content: object): string =>
    JSON.stringify({ type, timestamp: new Date(at).toISOString(), data: content });
  const full = text(data);
  return Buffer.byteLength(full) <= MAX_PAYLOAD_BYTES ? full : text(thin());
}
