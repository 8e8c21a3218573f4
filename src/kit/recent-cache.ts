import { clock } from "./clock";

/**
 * Caches recently read values in an isolate. It stores values, never promises: awaiting a promise of another request
 * hangs if that request is cancelled.
 */
export class RecentCache<Value> {
  readonly #entries = new Map<string, { readAt: number; value: Value }>();
  readonly #maxAgeMs: number;
  readonly #maxEntries: number;
  #forgotten = 0;

  constructor({ maxAgeMs, maxEntries }: { maxAgeMs: number; maxEntries: number }) {
    this.#maxAgeMs = maxAgeMs;
    this.#maxEntries = maxEntries;
  }

  /** The value if it was read within `maxAgeMs`. An entry from the future (the clock was set back) is ignored. */
  get(key: string, maxAgeMs = this.#maxAgeMs): Value | undefined {
    const entry = this.#entries.get(key);
    const age = entry ? clock.now() - entry.readAt : -1;
    return entry && age >= 0 && age < maxAgeMs ? entry.value : undefined;
  }

  /** Call it before reading. Returns a function that stores the value, unless `forget` was called meanwhile. */
  reading(): (key: string, value: Value) => Value {
    const [readAt, forgotten] = [clock.now(), this.#forgotten];
    return (key, value) => {
      if (forgotten !== this.#forgotten) return value;
      // Reinserted, so that the first entry is the oldest.
      this.#entries.delete(key);
      this.#entries.set(key, { readAt, value });
      if (this.#entries.size > this.#maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
      return value;
    };
  }

  async getOrRead(key: string, read: () => Promise<Value>): Promise<Value> {
    const known = this.get(key);
    if (known !== undefined) return known;
    const keep = this.reading();
    return keep(key, await read());
  }

  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** Clears the cache. Values that are being read now are not stored. */
  forget(): void {
    this.#forgotten++;
    this.#entries.clear();
  }
}
