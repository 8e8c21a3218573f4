import fc from "fast-check";
import { expect } from "vitest";
import { type Fixture, made, next, NOBODY, ownOnly } from "./fixture";

const hour = fc.nat(23).map((n) => `${String(n).padStart(2, "0")}:30`);
const week = fc.array(
  fc.record({
    day_of_week: fc.nat(6),
    start_time: hour,
    end_time: hour.map((time) => time.replace("30", "45")),
    is_active: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

declare module "./fixture" {
  interface Tenant {
    holidayId: string;
  }
}

const hours = [{ start_time: "09:00", end_time: "12:00" }];
const dateOf = (n: number): string => new Date(Date.UTC(2030, 0, 1 + n)).toISOString().slice(0, 10);

export const workingHours: Fixture = {
  make: async ({ org, marker }) => {
    const body = { date: "2029-12-25", name: `Day of ${marker}`.slice(0, 100) };
    return { holidayId: (await org.call("POST", "/api/working-hours/holidays", body)).body.id };
  },
  races: {
    updateHoliday: async (org) => {
      const path = await made(org, "/api/working-hours/holidays", { date: dateOf(next()), name: "Race" });
      return {
        path,
        body: { name: "N" },
        gone: "holiday_not_found",
        // The log has a change of the hours and no deletion.
        remove: () => org.tenantDb.prepare("DELETE FROM holidays WHERE id = ?").bind(path.split("/").at(-1)).run(),
      };
    },
  },
  recipes: {
    listWorkingHours: { asks: () => [{}], stranger: ownOnly },
    setWorkingHours: {
      asks: () => [{ body: [{ day_of_week: 1, start_time: "09:00", end_time: "17:00" }] }],
      stranger: ownOnly,
    },
    listHolidays: {
      asks: (t) => [{}, { query: { division_id: t.divisionId } }],
      stranger: ownOnly,
      mixed: (_, v) => [[{ query: { division_id: v.divisionId } }, ({ body }) => expect(body).toEqual([])]],
    },
    createHoliday: {
      asks: (t) => [
        { body: { date: dateOf(next()), name: "Day off" } },
        { body: { date: dateOf(next()), name: "Half a day", division_id: t.divisionId, hours } },
      ],
      stranger: ({ status }) => expect([201, 422]).toContain(status),
      mixed: (_, v) => [[{ body: { date: dateOf(next()), name: "Theirs", division_id: v.divisionId } }, 422]],
    },
    updateHoliday: {
      asks: (t) => [{ params: { id: t.holidayId }, body: { name: "Another name", hours } }],
      stranger: 404,
    },
    deleteHoliday: { asks: (t) => [{ params: { id: t.holidayId } }], stranger: 404 },
    listDivisionWorkingHours: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
    setDivisionWorkingHours: {
      asks: (t) => [
        { params: { id: t.divisionId }, body: [{ day_of_week: 1, start_time: "09:00", end_time: "17:00" }] },
      ],
      stranger: 404,
    },
    deleteDivisionWorkingHours: { asks: (t) => [{ params: { id: t.divisionId } }], stranger: 404 },
    getTimezone: { asks: () => [{}], stranger: ownOnly },
    setTimezone: { asks: () => [{ body: { timezone: "Asia/Jakarta" } }], stranger: ownOnly },
  },
  open: { getWorkingHoursStatus: "says what stands on the shop's door" },
  pool: async (t) => ({
    "id Working Hours": [t.divisionId, NOBODY],
    "id updateHoliday": [t.holidayId, NOBODY],
    "id deleteHoliday": [t.holidayId, NOBODY],
    slug: [(await t.org.call("GET", "/api/auth/me")).body.organization.slug, "no-such-shop"],
  }),
  together: () => ({
    createHoliday: fc.nat(9000).map((n) => ({ date: dateOf(5000 + n), name: "Day off" })),
    setWorkingHours: week,
    setDivisionWorkingHours: week,
    setTimezone: fc
      .constantFrom("UTC", "Asia/Jakarta", "america/new_york", "Etc/GMT+7")
      .map((timezone) => ({ timezone })),
  }),
};
