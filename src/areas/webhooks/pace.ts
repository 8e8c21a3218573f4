/** Timers and answers come late; so much of the lost time is caught up. */
const CAUGHT_UP_MS = 20;

/** Spaces starts evenly, so many in a second. It is told the time, in milliseconds. */
export class Pace {
  perSecond = 1;
  #nextAt = 0;

  /** How long to wait before the next start; 0: it may be now. */
  waitMs(now: number): number {
    // The clock may have been set back, or the pace been slower.
    this.#nextAt = Math.min(this.#nextAt, now + this.#gapMs);
    return Math.max(0, this.#nextAt - now);
  }

  start(now: number): void {
    this.#nextAt = (now - this.#nextAt < CAUGHT_UP_MS ? this.#nextAt : now) + this.#gapMs;
  }

  get #gapMs(): number {
    return 1000 / this.perSecond;
  }
}
