import fc from "fast-check";
import { type Fixture, NOBODY, ownOnly } from "./fixture";

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

export const workingHours: Fixture = {
  recipes: {
    listWorkingHours: { asks: () => [{}], stranger: ownOnly },
    setWorkingHours: {
      asks: () => [{ body: [{ day_of_week: 1, start_time: "09:00", end_time: "17:00" }] }],
      stranger: ownOnly,
    },
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
    slug: [(await t.org.call("GET", "/api/auth/me")).body.organization.slug, "no-such-shop"],
  }),
  together: () => ({
    setWorkingHours: week,
    setDivisionWorkingHours: week,
    setTimezone: fc
      .constantFrom("UTC", "Asia/Jakarta", "america/new_york", "Etc/GMT+7")
      .map((timezone) => ({ timezone })),
  }),
};
