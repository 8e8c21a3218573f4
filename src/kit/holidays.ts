import { DAY, MINUTE } from "./clock";

/** A date with working time of its own, from midnight to midnight. */
export interface Holiday {
  /** YYYY-MM-DD, local. */
  date: string;
  /** "HH:MM", local; "24:00" is the end of the day. None: closed. */
  hours: readonly { start: string; end: string }[];
}

interface Day {
  from: number;
  /** Sorted and disjoint, in local time. */
  open: readonly (readonly [from: number, to: number])[];
  /** By how much this day and those before it are open longer than usual; negative where they are closed. */
  until: number;
}

export const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

export function merged(intervals: readonly (readonly [number, number])[]): [number, number][] {
  const disjoint: [number, number][] = [];
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = disjoint.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else disjoint.push([from, to]);
  }
  return disjoint;
}

/** Open time of an interval up to a local time. */
export const openIn = (open: readonly (readonly [number, number])[], wall: number): number =>
  open.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(wall, to) - from), 0);

/** How an organization's holidays differ from its weeks. Pure. Times are local, in milliseconds, as in calendar.ts. */
export class Holidays {
  readonly #days: readonly Day[];
  readonly #usualUpTo: (wall: number) => number;

  /** `usualUpTo`: the open time of the weeks until a local time; only differences are meaningful. */
  constructor(holidays: readonly Holiday[], usualUpTo: (wall: number) => number) {
    this.#usualUpTo = usualUpTo;
    let until = 0;
    this.#days = holidays
      .toSorted((a, b) => (a.date < b.date ? -1 : 1))
      .map(({ date, hours }): Day => {
        const from = Date.parse(date);
        const at = (time: string): number => from + minutesOf(time) * MINUTE;
        const open = merged(hours.map(({ start, end }) => [at(start), at(end)] as const));
        until += openIn(open, from + DAY) - (usualUpTo(from + DAY) - usualUpTo(from));
        return { from, open, until };
      });
  }

  get isEmpty(): boolean {
    return this.#days.length === 0;
  }

  /** Undefined on a usual day. */
  isOpen(wall: number): boolean | undefined {
    const day = this.#days[this.#lastBegun(wall)];
    if (!day || wall >= day.from + DAY) return undefined;
    return day.open.some(([from, to]) => from <= wall && wall < to);
  }

  /** By how much the time until then is open longer than usual. */
  beyondUsual(wall: number): number {
    const at = this.#lastBegun(wall);
    const day = this.#days[at];
    if (!day) return 0;
    if (wall >= day.from + DAY) return day.until;
    const before = this.#days[at - 1]?.until ?? 0;
    return before + openIn(day.open, wall) - (this.#usualUpTo(wall) - this.#usualUpTo(day.from));
  }

  /** The next time at which a holiday may change anything. */
  nextEdge(wall: number): number {
    for (const { from, open } of this.#days.slice(Math.max(0, this.#lastBegun(wall))))
      for (const edge of [from, ...open.flat(), from + DAY]) if (edge > wall) return edge;
    return Infinity;
  }

  /** The index of the last holiday that has begun; -1: none. */
  #lastBegun(wall: number): number {
    let [low, high] = [-1, this.#days.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#days[middle]!.from <= wall) low = middle;
      else high = middle;
    }
    return low;
  }
}
