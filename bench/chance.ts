/** A seeded random generator, so that two runs measure the same data. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A number in [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** Picks an item with Zipf's distribution, like words and names. */
  zipf<T>(of: readonly T[]): T {
    return of[Math.min(of.length - 1, Math.floor(of.length ** this.next()) - 1)]!;
  }

  hex(digits: number): string {
    let text = "";
    while (text.length < digits)
      text += Math.floor(this.next() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
    return text.slice(0, digits);
  }

  uuid(): string {
    const h = this.hex(32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  }

  /** Makes `count` distinct pronounceable words. */
  words(count: number, syllables: number): string[] {
    const words = new Set<string>();
    while (words.size < count) {
      const length = syllables + this.below(2);
      words.add(Array.from({ length }, () => this.one([..."bdfgklmnprstvz"]) + this.one([..."aeiou"])).join(""));
    }
    return [...words];
  }
}
