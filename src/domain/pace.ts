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
/** Nobody asks more often than this. */
const MIN_WAIT_MS = 50;

/**
 * A token bucket whose pace adapts to refusals. Pure but for its own state; times are milliseconds. `take` shares the
 * tokens among those who ask: each gets at most its part of what is there.
 */
export class TokenBucket {
  #tokens = 0;
  #filledAt: number;
  #perSecond = 0;
  /** The part of the pace that is used; 1: all of it. */
  #part = 1;
  #partAt = 0;
  readonly #askedAt = new Map<string, number>();

  constructor(now: number) {
    this.#filledAt = now;
  }

  take(who: string, want: number, perSecond: number, now: number): { granted: number; againInMs: number } {
    this.#perSecond = perSecond;
    this.#askedAt.set(who, now);
    for (const [other, at] of this.#askedAt) if (at <= now - SHARING_MS) this.#askedAt.delete(other);
    const rate = this.#rate(now);
    const burst = Math.max(1, rate * BURST_SECONDS);
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / SECOND) * rate);
    this.#filledAt = now;
    const share = Math.max(1, Math.floor(burst / this.#askedAt.size));
    const granted = Math.max(0, Math.min(want, share, Math.floor(this.#tokens)));
    this.#tokens -= granted;
    const missing = Math.min(share, Math.max(1, want - granted)) - this.#tokens;
    return { granted, againInMs: Math.max(MIN_WAIT_MS, Math.ceil((missing / rate) * SECOND)) };
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
