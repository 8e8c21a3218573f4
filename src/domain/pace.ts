import { SECOND } from "../kit/clock";

/** The part of a second's tokens that may be used at once. */
const BURST_SECONDS = 0.25;
/** After a refusal half of the pace is left for so long, then it grows by a twentieth of itself every ten seconds. */
const SLOWED_MS = 30 * SECOND;
const RECOVER_EVERY_MS = 10 * SECOND;
const RECOVERY = 1.05;
const SLOWEST_PER_SECOND = 1;
/** Whoever has asked within this time shares the tokens. */
const SHARING_MS = 2 * SECOND;
/** Parts of tokens add up to whole ones, except for this. */
const ROUNDING = 1e-9;
/** Nobody asks more often than this. */
const MIN_WAIT_MS = 50;

interface Asker {
  askedAt: number;
  tokens: number;
}

/**
 * A token bucket whose pace adapts to refusals. Pure but for its own state; times are milliseconds. Whoever asks gets an
 * equal part of what flows in, and of what the others leave: without parts of their own, whoever asks a moment earlier
 * would always find the tokens.
 */
export class TokenBucket {
  readonly #askers = new Map<string, Asker>();
  /** Tokens for which no asker's part has room. */
  #left = 0;
  #filledAt: number;
  #perSecond = 0;
  /** The part of the pace that is used; 1: all of it. */
  #part = 1;
  #partAt = 0;

  constructor(now: number) {
    this.#filledAt = now;
  }

  take(who: string, want: number, perSecond: number, now: number): { granted: number; againInMs: number } {
    this.#perSecond = perSecond;
    this.#fill(now);
    const asker = this.#askers.get(who) ?? { askedAt: now, tokens: 0 };
    asker.askedAt = now;
    this.#askers.set(who, asker);
    const granted = Math.min(want, Math.floor(asker.tokens + this.#left + ROUNDING));
    const own = Math.min(granted, asker.tokens);
    asker.tokens -= own;
    this.#left = Math.max(0, this.#left - (granted - own));
    const [rate, sharers] = [this.#rate(now), this.#askers.size];
    const target = Math.max(1, Math.min(want - granted, Math.floor(this.#burst(now) / sharers)));
    const missing = target - asker.tokens - this.#left;
    return { granted, againInMs: Math.max(MIN_WAIT_MS, Math.ceil((missing / (rate / sharers)) * SECOND)) };
  }

  /** Shares what has flowed in since the last time among those who asked lately. */
  #fill(now: number): void {
    for (const [who, { askedAt, tokens }] of this.#askers)
      if (askedAt <= now - SHARING_MS) {
        this.#askers.delete(who);
        this.#left += tokens;
      }
    const burst = this.#burst(now);
    const askers = [...this.#askers.values()];
    const held = askers.reduce((sum, { tokens }) => sum + tokens, this.#left);
    const flown = ((now - this.#filledAt) / SECOND) * this.#rate(now);
    const added = Math.max(0, Math.min(flown, burst - held));
    this.#filledAt = now;
    this.#left += added;
    for (const asker of askers) {
      const part = Math.min(added / askers.length, Math.max(0, burst / askers.length - asker.tokens));
      asker.tokens += part;
      this.#left -= part;
    }
  }

  #burst(now: number): number {
    return Math.max(1, this.#rate(now) * BURST_SECONDS);
  }

  slowDown(now: number): void {
    // One burst of refusals is one refusal.
    if (this.#part < 1 && now - this.#partAt < SECOND) return;
    this.#part = this.#partNow(now) / 2;
    this.#partAt = now;
  }

  pace(now: number): { perSecond: number; isSlowed: boolean } {
    return { perSecond: this.#rate(now), isSlowed: this.#partNow(now) < 1 };
  }

  #rate(now: number): number {
    return Math.max(SLOWEST_PER_SECOND, this.#perSecond * this.#partNow(now));
  }

  #partNow(now: number): number {
    const steps = Math.floor(Math.max(0, now - this.#partAt - SLOWED_MS) / RECOVER_EVERY_MS);
    return Math.min(1, this.#part * RECOVERY ** steps);
  }
}
