import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Calendar, type WeeklyHours } from "../../src/kit/calendar";
import type { Holiday } from "../../src/kit/holidays";
import { DAY, HOUR, MINUTE } from "../../src/kit/clock";
import { SlowClock } from "../slow-clock";

vi.setConfig({ testTimeout: 30_000 });

/** Each with when its clocks are changed, by an hour or by half of one, or not at all. */
const ZONES: Record<string, string[]> = {
  UTC: ["2026-01-01T00:00Z"],
  "Asia/Jakarta": ["2026-06-01T00:00Z"],
  "Asia/Kathmandu": ["2026-06-01T00:00Z"],
  "Europe/Berlin": ["2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  "America/New_York": ["2026-03-08T07:00Z", "2026-11-01T06:00Z"],
  "Australia/Lord_Howe": ["2026-04-04T15:00Z", "2026-10-03T15:30Z"],
  "America/Santiago": ["2026-04-05T03:00Z", "2026-09-06T04:00Z"],
  "Africa/Casablanca": ["2026-02-15T02:00Z", "2026-03-22T02:00Z"],
  "Pacific/Apia": ["2011-12-30T10:00Z"],
};

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom("00", "15", "30", "59"))
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`);
const row: fc.Arbitrary<WeeklyHours> = fc
  .record({
    dayOfWeek: fc.nat(6),
    start: time,
    end: fc.oneof({ weight: 4, arbitrary: time }, { weight: 1, arbitrary: fc.constant("24:00") }),
    isActive: fc.nat(5).map((n) => n > 0),
  })
  .filter(({ start, end }) => start !== end);
const week = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 8, arbitrary: fc.array(row, { minLength: 1, maxLength: 9 }) },
);
const moment = fc
  .tuple(
    fc.constantFrom(
      ...Object.entries(ZONES).flatMap(([zone, changes]) =>
        changes.map((change) => [zone, Date.parse(change)] as const),
      ),
    ),
    fc.integer({ min: -40 * HOUR, max: 40 * HOUR }),
  )
  .map(([[zone, change], distance]) => ({ zone, at: change + distance }));

const holidaysAround = (at: number): fc.Arbitrary<Holiday[]> =>
  fc.uniqueArray(
    fc.record({
      date: fc.integer({ min: -3, max: 3 }).map((days) => new Date(at + days * DAY).toISOString().slice(0, 10)),
      hours: fc.array(
        fc
          .tuple(time, fc.oneof(time, fc.constant("24:00")))
          .filter(([start, end]) => start < end)
          .map(([start, end]) => ({ start, end })),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 4, selector: ({ date }) => date },
  );

const check = (property: fc.IProperty<any>, numRuns = 150): void => {
  fc.assert(property, { numRuns, seed: 20_261_124 });
};

describe("around every change of the clocks, as a clock that looks at each minute has it", () => {
  it("is open", () => {
    check(
      fc.property(week, moment, (rows, { zone, at }) => {
        expect(new Calendar(zone, rows).isOpen(at)).toBe(new SlowClock(zone, rows).isOpen(at));
      }),
    );
  });

  it("counts working time", () => {
    check(
      fc.property(week, moment, fc.nat(3 * DAY), (rows, { zone, at }, length) => {
        expect(new Calendar(zone, rows).workingMsBetween(at, at + length)).toBe(
          new SlowClock(zone, rows).workingMsBetween(at, at + length),
        );
      }),
    );
  });

  it("adds working time, and comes back to the same by counting", () => {
    check(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 9 }),
        moment,
        fc.integer({ min: 1, max: 20 * HOUR }),
        (rows, { zone, at }, length) => {
          const calendar = new Calendar(zone, rows);
          const due = calendar.addWorkingMs(at, length);
          if (due === null) {
            expect(rows.filter((one) => one.isActive)).toEqual([]);
            return;
          }
          expect(due).toBe(new SlowClock(zone, rows).addWorkingMs(at, length));
          expect(calendar.workingMsBetween(at, due)).toBe(length);
          expect(calendar.workingMsBetween(at, due - 1)).toBe(length - 1);
        },
      ),
    );
  });

  it("says when it opens or closes next", () => {
    check(
      fc.property(week, moment, (rows, { zone, at }) => {
        expect(new Calendar(zone, rows).nextChange(at)).toBe(new SlowClock(zone, rows).nextChange(at, 9 * DAY));
      }),
    );
  });
});

describe("with holidays, too", () => {
  const withHolidays = fc
    .tuple(week, moment)
    .chain(([rows, { zone, at }]) => holidaysAround(at).map((days) => ({ rows, zone, at, days })));

  it("is open, counts and says when that changes", () => {
    check(
      fc.property(withHolidays, fc.nat(3 * DAY), ({ rows, zone, at, days }, length) => {
        const [calendar, slow] = [new Calendar(zone, rows, days), new SlowClock(zone, rows, days)];
        expect(calendar.isOpen(at)).toBe(slow.isOpen(at));
        expect(calendar.workingMsBetween(at, at + length)).toBe(slow.workingMsBetween(at, at + length));
        const next = slow.nextChange(at, 5 * DAY);
        if (next !== null) expect(calendar.nextChange(at)).toBe(next);
      }),
      60,
    );
  });

  it("adds working time, and comes back to the same by counting", () => {
    check(
      fc.property(withHolidays, fc.integer({ min: 1, max: 20 * HOUR }), ({ rows, zone, at, days }, length) => {
        const calendar = new Calendar(zone, rows, days);
        const due = calendar.addWorkingMs(at, length);
        if (due === null) return;
        expect(calendar.workingMsBetween(at, due)).toBe(length);
        expect(calendar.workingMsBetween(at, due - 1)).toBe(length - 1);
        if (due < at + 5 * DAY) expect(due).toBe(new SlowClock(zone, rows, days).addWorkingMs(at, length));
      }),
      60,
    );
  });
});

const daily = (start: string, end: string): WeeklyHours[] =>
  [0, 1, 2, 3, 4, 5, 6].map((dayOfWeek) => ({ dayOfWeek, start, end, isActive: true }));

describe("a calendar", () => {
  it("without rows is always open, and of rows that are switched off never", () => {
    const [always, never] = [
      new Calendar("Europe/Berlin", []),
      new Calendar("Europe/Berlin", [{ ...daily("09:00", "17:00")[0]!, isActive: false }]),
    ];
    const at = Date.parse("2026-03-29T00:30Z");
    expect([
      always.isOpen(at),
      always.nextChange(at),
      always.workingSecondsBetween(at, at + DAY),
      always.addWorkingMs(at, 5),
    ]).toEqual([true, null, 86_400, at + 5]);
    expect([
      never.isOpen(at),
      never.nextChange(at),
      never.workingSecondsBetween(at, at + DAY),
      never.addWorkingMs(at, 5),
    ]).toEqual([false, null, 0, null]);
  });

  it("has a day of 23 hours in spring and one of 25 in autumn", () => {
    const calendar = new Calendar("Europe/Berlin", daily("00:00", "24:00"));
    const hours = (from: string, to: string): number =>
      calendar.workingMsBetween(Date.parse(from), Date.parse(to)) / HOUR;
    expect(hours("2026-03-28T23:00Z", "2026-03-29T22:00Z")).toBe(23);
    expect(hours("2026-10-24T22:00Z", "2026-10-25T23:00Z")).toBe(25);
    expect(calendar.nextChange(Date.parse("2026-03-28T23:00Z"))).toBeNull();
  });

  it("opens an hour that the wall shows twice twice, and one that it skips not at all", () => {
    const calendar = new Calendar("Europe/Berlin", daily("02:15", "02:45"));
    const open = (day: string): number =>
      calendar.workingMsBetween(Date.parse(`${day}T00:00+01:00`), Date.parse(`${day}T12:00+01:00`)) / MINUTE;
    expect([open("2026-03-28"), open("2026-03-29"), open("2026-10-24"), open("2026-10-25")]).toEqual([30, 0, 30, 60]);
  });

  it("is asked for a year in no time", () => {
    const calendar = new Calendar("America/New_York", daily("22:00", "06:00"));
    const start = Date.parse("2026-01-01T05:00Z");
    const began = performance.now();
    for (let i = 0; i < 20_000; i++) calendar.addWorkingMs(start + i * 26 * MINUTE, 8 * HOUR);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
