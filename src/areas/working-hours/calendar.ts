import { DAY, MINUTE } from "../../kit/clock";

/**
 * Working time. Pure but for what it remembers of timezones. It is working time when the clock on the wall says so: an hour that
 * the wall shows twice in autumn counts twice, one that it skips in spring does not come. Times are milliseconds since 1970.
 */

/** A stretch of a week as the wall shows it; "24:00" is the end of its day, an end that is not after its start is on the next day. */
export interface WeeklyHours {
  /** 0 is Sunday. */
  dayOfWeek: number;
  /** "HH:MM" */
  start: string;
  end: string;
  isActive: boolean;
}

const WEEK = 7 * DAY;
/** 1970 began on a Thursday: this much after a Sunday's midnight. */
const EPOCH_IN_WEEK = 4 * DAY;
/** What is not due within this is never due. */
const HORIZON = 5 * 366 * DAY;

export class Calendar {
  readonly #timezone: Timezone;
  /** Disjoint and sorted, in [0, WEEK] from Sunday's midnight; undefined: always open. */
  readonly #open: readonly (readonly [from: number, to: number])[] | undefined;
  readonly #openPerWeek: number;

  /** An empty list means always open. Rows that are not active are closed time, so a week of them is never open. */
  constructor(timezone: string, rows: readonly WeeklyHours[]) {
    this.#timezone = timezoneNamed(timezone);
    this.#open = rows.length === 0 ? undefined : merged(rows.filter((row) => row.isActive).flatMap(stretchesOf));
    this.#openPerWeek = this.#open?.reduce((sum, [from, to]) => sum + to - from, 0) ?? WEEK;
  }

  isOpen(at: number): boolean {
    return this.#isOpenOnWall(at + this.#timezone.segment(at).offset);
  }

  /** When it next opens or closes; null if it never does. */
  nextChange(at: number): number | null {
    if (this.#openPerWeek === 0 || this.#openPerWeek === WEEK) return null;
    const isOpen = this.isOpen(at);
    for (let from = at; from < at + HORIZON;) {
      const { to, offset } = this.#timezone.segment(from);
      // The wall's clock jumps at the end of a segment, from open to closed perhaps.
      const next = Math.min(this.#nextEdge(from + offset) - offset, to);
      if (this.isOpen(next) !== isOpen) return next;
      from = next;
    }
    return null;
  }

  workingMsBetween(from: number, to: number): number {
    if (to <= from) return 0;
    if (this.#open === undefined) return to - from;
    let sum = 0;
    for (let at = from; at < to;) {
      const segment = this.#timezone.segment(at);
      const end = Math.min(segment.to, to);
      sum += this.#openUpTo(end + segment.offset) - this.#openUpTo(at + segment.offset);
      at = end;
    }
    return sum;
  }

  workingSecondsBetween(from: number, to: number): number {
    return Math.floor(this.workingMsBetween(from, to) / 1000);
  }

  /** The first moment at which this much working time has passed; null if that is not within years. */
  addWorkingMs(from: number, ms: number): number | null {
    if (this.#open === undefined || ms <= 0) return from + ms;
    if (this.#openPerWeek === 0) return null;
    let left = ms;
    for (let at = from; at < from + HORIZON;) {
      const { to, offset } = this.#timezone.segment(at);
      const before = this.#openUpTo(at + offset);
      const open = this.#openUpTo(to + offset) - before;
      if (left <= open) return this.#whenOpenReaches(before + left) - offset;
      left -= open;
      at = to;
    }
    return null;
  }

  #isOpenOnWall(wall: number): boolean {
    if (this.#open === undefined) return true;
    const inWeek = modulo(wall + EPOCH_IN_WEEK, WEEK);
    return this.#open.some(([from, to]) => from <= inWeek && inWeek < to);
  }

  #nextEdge(wall: number): number {
    const inWeek = modulo(wall + EPOCH_IN_WEEK, WEEK);
    const edges = this.#open!.flat();
    const next = edges.find((edge) => edge > inWeek) ?? WEEK + edges[0]!;
    return wall + next - inWeek;
  }

  /** Open time on the wall from some Sunday long ago until here: only differences say something. */
  #openUpTo(wall: number): number {
    const weeks = Math.floor((wall + EPOCH_IN_WEEK) / WEEK);
    const inWeek = modulo(wall + EPOCH_IN_WEEK, WEEK);
    return (
      weeks * this.#openPerWeek +
      this.#open!.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(inWeek, to) - from), 0)
    );
  }

  /** The first moment on the wall at which #openUpTo is this much. */
  #whenOpenReaches(sum: number): number {
    let weeks = Math.floor(sum / this.#openPerWeek);
    let left = modulo(sum, this.#openPerWeek);
    // Exactly a week's end is reached when its last stretch ends, not when the next week's first begins.
    if (left === 0) [weeks, left] = [weeks - 1, this.#openPerWeek];
    for (const [from, to] of this.#open!) {
      if (left <= to - from) return weeks * WEEK - EPOCH_IN_WEEK + from + left;
      left -= to - from;
    }
    throw new Error("a week has less open time than it has");
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

/** A row as stretches of the week; one that passes Saturday's midnight is two. */
function stretchesOf({ dayOfWeek, start, end }: WeeklyHours): [number, number][] {
  const from = dayOfWeek * DAY + minutesOf(start) * MINUTE;
  const to = dayOfWeek * DAY + minutesOf(end) * MINUTE + (minutesOf(end) <= minutesOf(start) ? DAY : 0);
  return to <= WEEK
    ? [[from, to]]
    : [
        [from, WEEK],
        [0, to - WEEK],
      ];
}

function merged(stretches: readonly [number, number][]): [number, number][] {
  const disjoint: [number, number][] = [];
  for (const [from, to] of stretches.toSorted((a, b) => a[0] - b[0])) {
    const last = disjoint.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else disjoint.push([from, to]);
  }
  return disjoint;
}

/** A time in which a timezone's offset from UTC stays the same. */
interface Segment {
  from: number;
  to: number;
  /** What to add to have the wall's clock. */
  offset: number;
}

/** Asking Intl costs microseconds: a chunk of time is asked about once, and remembered as its segments. */
const CHUNK = 32 * DAY;
/** No timezone changes its clocks twice within less. */
const STEP = 4 * DAY;
const MAX_CHUNKS = 1000;

class Timezone {
  readonly #format: Intl.DateTimeFormat;
  readonly #chunks = new Map<number, readonly Segment[]>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** The segment that a moment is in; cut at the ends of chunks. */
  segment(at: number): Segment {
    const chunk = Math.floor(at / CHUNK);
    const segments = this.#chunks.get(chunk) ?? this.#learn(chunk);
    return segments.find(({ to }) => at < to)!;
  }

  #learn(chunk: number): readonly Segment[] {
    const [start, end] = [chunk * CHUNK, (chunk + 1) * CHUNK];
    const segments: Segment[] = [{ from: start, to: end, offset: this.#offset(start) }];
    for (let at = start; at < end; at += STEP) {
      let [low, high] = [at, at + STEP];
      const last = segments.at(-1)!;
      const offset = this.#offset(high);
      if (offset === last.offset) continue;
      while (high - low > 1000) {
        const middle = low + Math.floor((high - low) / 2000) * 1000;
        if (this.#offset(middle) === last.offset) low = middle;
        else high = middle;
      }
      if (high >= end) break;
      last.to = high;
      segments.push({ from: high, to: end, offset });
    }
    if (this.#chunks.size >= MAX_CHUNKS) this.#chunks.clear();
    this.#chunks.set(chunk, segments);
    return segments;
  }

  #offset(at: number): number {
    const part = Object.fromEntries(this.#format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const wall = Date.UTC(part["year"]!, part["month"]! - 1, part["day"], part["hour"], part["minute"], part["second"]);
    return wall - Math.floor(at / 1000) * 1000;
  }
}

const known = new Map<string, Timezone>();

function timezoneNamed(name: string): Timezone {
  let timezone = known.get(name);
  if (!timezone) known.set(name, (timezone = new Timezone(name)));
  return timezone;
}
