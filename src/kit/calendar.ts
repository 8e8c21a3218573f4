import { DAY, MINUTE } from "./clock";
import { type Holiday, Holidays, merged, minutesOf, openIn } from "./holidays";

/**
 * Working time, by local time: an hour that the clock repeats in autumn counts twice, an hour that it skips in spring
 * not at all. Pure, except for a cache of timezones. Times are milliseconds since 1970; `wall` is a local time in the
 * same unit.
 */

/**
 * An interval of a week in local time. "24:00" is the end of its day; an end that is not after the start is on the next
 * day.
 */
export interface WeeklyHours {
  /** 0 is Sunday. */
  dayOfWeek: number;
  /** "HH:MM" */
  start: string;
  end: string;
  isActive: boolean;
}

const WEEK_MS = 7 * DAY;
/** 1970 began on a Thursday: offset of the epoch from Sunday's midnight. */
const EPOCH_IN_WEEK_MS = 4 * DAY;
/** Limit of searches into the future. */
const MAX_SEARCH_MS = 5 * 366 * DAY;

export class Calendar {
  readonly #timezone: Timezone;
  /** Disjoint and sorted, in [0, WEEK_MS] from Sunday's midnight; undefined: always open. */
  readonly #open: readonly (readonly [from: number, to: number])[] | undefined;
  readonly #openPerWeek: number;
  readonly #holidays: Holidays;

  /**
   * No rows mean always open. Inactive rows are closed time, so a week of only these is never open. A holiday takes the
   * place of what the week says of its date.
   */
  constructor(timezone: string, rows: readonly WeeklyHours[], holidays: readonly Holiday[] = []) {
    this.#timezone = timezoneNamed(timezone);
    this.#open = rows.length === 0 ? undefined : merged(rows.filter((row) => row.isActive).flatMap(intervalsOf));
    this.#openPerWeek = this.#open?.reduce((sum, [from, to]) => sum + to - from, 0) ?? WEEK_MS;
    this.#holidays = new Holidays(holidays, (wall) => this.#usualUpTo(wall));
  }

  isOpen(at: number): boolean {
    return this.#isOpenOnWall(at + this.#timezone.segment(at).offset);
  }

  /** When it next opens or closes, in milliseconds; null: not within MAX_SEARCH_MS. */
  nextChange(at: number): number | null {
    if (this.#isUniform && (this.#openPerWeek === 0 || this.#openPerWeek === WEEK_MS)) return null;
    const isOpen = this.isOpen(at);
    for (let from = at; from < at + MAX_SEARCH_MS;) {
      const { to, offset } = this.#timezone.segment(from);
      // The local time jumps at the end of a segment, which may open or close.
      const edge = Math.min(this.#nextEdge(from + offset), this.#holidays.nextEdge(from + offset));
      const next = Math.min(edge - offset, to);
      if (this.isOpen(next) !== isOpen) return next;
      from = next;
    }
    return null;
  }

  workingMsBetween(from: number, to: number): number {
    if (to <= from) return 0;
    if (this.#open === undefined && this.#isUniform) return to - from;
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

  /** The first time at which this much working time has passed; null: not within MAX_SEARCH_MS. */
  addWorkingMs(from: number, ms: number): number | null {
    if (ms <= 0 || (this.#open === undefined && this.#isUniform)) return from + ms;
    if (this.#openPerWeek === 0 && this.#isUniform) return null;
    let left = ms;
    for (let at = from; at < from + MAX_SEARCH_MS;) {
      const { to, offset } = this.#timezone.segment(at);
      const before = this.#openUpTo(at + offset);
      const open = this.#openUpTo(to + offset) - before;
      if (left <= open) return this.#whenOpenReaches(before + left, at + offset, to + offset) - offset;
      left -= open;
      at = to;
    }
    return null;
  }

  /** Every week is like the others. */
  get #isUniform(): boolean {
    return this.#holidays.isEmpty;
  }

  #isOpenOnWall(wall: number): boolean {
    const onHoliday = this.#holidays.isOpen(wall);
    if (onHoliday !== undefined) return onHoliday;
    if (this.#open === undefined) return true;
    const inWeek = modulo(wall + EPOCH_IN_WEEK_MS, WEEK_MS);
    return this.#open.some(([from, to]) => from <= inWeek && inWeek < to);
  }

  #nextEdge(wall: number): number {
    const edges = this.#open?.flat() ?? [];
    if (edges.length === 0) return Infinity;
    const inWeek = modulo(wall + EPOCH_IN_WEEK_MS, WEEK_MS);
    const next = edges.find((edge) => edge > inWeek) ?? WEEK_MS + edges[0]!;
    return wall + next - inWeek;
  }

  /** Open time from a fixed Sunday until this local time; only differences are meaningful. */
  #openUpTo(wall: number): number {
    return this.#usualUpTo(wall) + this.#holidays.beyondUsual(wall);
  }

  #usualUpTo(wall: number): number {
    if (this.#open === undefined) return wall;
    const weeks = Math.floor((wall + EPOCH_IN_WEEK_MS) / WEEK_MS);
    return weeks * this.#openPerWeek + openIn(this.#open, modulo(wall + EPOCH_IN_WEEK_MS, WEEK_MS));
  }

  /** The inverse of #openUpTo: the first local time in a range at which it reaches `sum`. */
  #whenOpenReaches(sum: number, from: number, to: number): number {
    if (!this.#isUniform) {
      let [before, reached] = [from, to];
      while (reached - before > 1) {
        const middle = Math.floor((before + reached) / 2);
        if (this.#openUpTo(middle) >= sum) reached = middle;
        else before = middle;
      }
      return reached;
    }
    let weeks = Math.floor(sum / this.#openPerWeek);
    let left = modulo(sum, this.#openPerWeek);
    // A full week is reached at the end of its last interval, not at the start of the next week's first one.
    if (left === 0) [weeks, left] = [weeks - 1, this.#openPerWeek];
    for (const [start, end] of this.#open!) {
      if (left <= end - start) return weeks * WEEK_MS - EPOCH_IN_WEEK_MS + start + left;
      left -= end - start;
    }
    throw new Error("a week has less open time than it has");
  }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by;

/** A row as intervals of the week; an interval that passes Saturday's midnight is split in two. */
function intervalsOf({ dayOfWeek, start, end }: WeeklyHours): [number, number][] {
  const from = dayOfWeek * DAY + minutesOf(start) * MINUTE;
  const to = dayOfWeek * DAY + minutesOf(end) * MINUTE + (minutesOf(end) <= minutesOf(start) ? DAY : 0);
  return to <= WEEK_MS
    ? [[from, to]]
    : [
        [from, WEEK_MS],
        [0, to - WEEK_MS],
      ];
}

/** A period during which a timezone's offset from UTC is constant. */
interface Segment {
  from: number;
  to: number;
  /** Local time minus UTC, in milliseconds. */
  offset: number;
}

/** Intl takes microseconds per call, so offsets are cached as the segments of a chunk of time. */
const CHUNK_MS = 32 * DAY;
/** No timezone changes its offset twice within this time. */
const STEP_MS = 4 * DAY;
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

  /** The segment that contains a time; segments end at the ends of chunks. */
  segment(at: number): Segment {
    const chunk = Math.floor(at / CHUNK_MS);
    const segments = this.#chunks.get(chunk) ?? this.#learn(chunk);
    return segments.find(({ to }) => at < to)!;
  }

  #learn(chunk: number): readonly Segment[] {
    const [start, end] = [chunk * CHUNK_MS, (chunk + 1) * CHUNK_MS];
    const segments: Segment[] = [{ from: start, to: end, offset: this.#offset(start) }];
    for (let at = start; at < end; at += STEP_MS) {
      let [low, high] = [at, at + STEP_MS];
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
