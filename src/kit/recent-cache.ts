import { clock } from "./clock";

/**
 * What an isolate has read lately, so that what is asked at every turn costs no query. It holds values only: a promise of one request
 * must not be waited for by another, which would hang if the first is cut off.
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

  /** What was read within the greatest age, or within a smaller one. A clock that was set back makes nothing younger. */
  get(key: string, maxAgeMs = this.#maxAgeMs): Value | undefined {
    const entry = this.#entries.get(key);
    const age = entry ? clock.now() - entry.readAt : -1;
    return entry && age >= 0 && age < maxAgeMs ? entry.value : undefined;
  }

  /** To be called before reading; what it returns keeps what was read, unless it was to be forgotten meanwhile. */
  reading(): (key: string, value: Value) => Value {
    const [readAt, forgotten] = [clock.now(), this.#forgotten];
    return (key, value) => {
      if (forgotten !== this.#forgotten) return value;
      // Inserted anew, so that the first entry is the one that was read the longest time ago.
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

  /** Makes this isolate read everything anew, also what is being read now. */
  forget(): void {
    this.#forgotten++;
    this.#entries.clear();
  }
}
