import metadata from "libphonenumber-js/metadata.max.json";
import { getExampleNumber, type CountryCode, getCountries } from "libphonenumber-js/max";
import examples from "libphonenumber-js/examples.mobile.json";
import { expect, it } from "vitest";
import { nextSendAt } from "../../src/domain/campaign-hours";
import { numberPlan } from "../../src/domain/phone-country";
import { DAY, HOUR, MINUTE } from "../../src/kit/clock";

/** When recipients may be written to in their own time, against a clock that is read minute by minute. */

/** A number in each country, and moments at which its clocks change, or some day. */
const COUNTRIES: Record<string, [number: string, ...moments: string[]]> = {
  DE: ["+4915123456789", "2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  GB: ["+447400123456", "2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  FR: ["+33612345678", "2026-03-29T01:00Z"],
  NL: ["+31612345678", "2026-10-25T01:00Z"],
  IT: ["+393123456789", "2026-03-29T01:00Z"],
  PL: ["+48512345678", "2026-10-25T01:00Z"],
  GR: ["+306912345678", "2026-03-29T01:00Z"],
  RO: ["+40712034567", "2026-10-25T01:00Z"],
  ES: ["+34612345678", "2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  PT: ["+351912345678", "2026-03-29T01:00Z", "2026-10-25T01:00Z"],
  IL: ["+972502345678", "2026-03-27T00:00Z", "2026-10-24T23:00Z"],
  EG: ["+201001234567", "2026-04-23T22:00Z", "2026-10-29T21:00Z"],
  LB: ["+96171123456", "2026-03-28T22:00Z"],
  MA: ["+212650123456", "2026-02-15T02:00Z", "2026-03-22T02:00Z"],
  US: ["+12125550100", "2026-03-08T07:00Z", "2026-11-01T06:00Z"],
  CA: ["+16045550100", "2026-03-08T10:00Z"],
  CU: ["+5351234567", "2026-03-08T05:00Z", "2026-11-01T05:00Z"],
  CL: ["+56221234567", "2026-04-05T03:00Z", "2026-09-06T04:00Z"],
  PY: ["+595961456789", "2026-03-22T03:00Z"],
  AU: ["+61412345678", "2026-04-04T16:00Z", "2026-10-03T16:00Z"],
  NZ: ["+64211234567", "2026-04-04T14:00Z", "2026-09-26T14:00Z"],
  ID: ["+6281234567890", "2026-06-01T00:00Z"],
  IN: ["+918123456789", "2026-06-01T00:00Z"],
  NP: ["+9779841234567", "2026-06-01T00:00Z"],
  BR: ["+5511961234567", "2026-02-15T02:00Z"],
  RU: ["+79123456789", "2026-06-01T00:00Z"],
  KZ: ["+77710009998", "2026-03-01T00:00Z"],
  MX: ["+526641234567", "2026-03-08T10:00Z", "2026-11-01T09:00Z"],
  NG: ["+2348021234567", "2026-06-01T00:00Z"],
  WS: ["+685721234", "2026-06-01T00:00Z"],
  KI: ["+68672001234", "2026-06-01T00:00Z"],
  MN: ["+97688123456", "2026-06-01T00:00Z"],
};

const clockOf = (timezone: string): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: timezone, hour: "2-digit", minute: "2-digit" });
  return (at) => format.format(at);
};

const HOURS = [
  { start: "09:00", end: "20:00" },
  { start: "02:30", end: "03:15" },
  { start: "01:30", end: "24:00" },
  { start: "21:00", end: "01:20" },
];

const isWithin = ({ start, end }: { start: string; end: string }, time: string): boolean =>
  start < end ? start <= time && time < end : time >= start || time < end;

it.each(Object.entries(COUNTRIES))(
  "waits for the hours of %s over each change of its clocks",
  async (country, [number, ...moments]) => {
    const plan = await numberPlan();
    expect(plan.countryOf(number)).toBe(country);
    const timezones = plan.timezonesOf(number);
    expect(timezones.length).toBeGreaterThan(0);
    const clocks = timezones.map(clockOf);
    for (const moment of moments)
      for (const hours of HOURS) {
        const end = Date.parse(moment) + 3 * DAY;
        // From the end backwards: the next minute at which all clocks are within the hours, and the first alone.
        let [shared, first] = [Number.NaN, Number.NaN];
        const expected = new Map<number, { shared: number; first: number }>();
        for (let at = end; at >= Date.parse(moment) - 6 * HOUR; at -= MINUTE) {
          const within = clocks.map((clock) => isWithin(hours, clock(at)));
          if (within.every(Boolean)) shared = at;
          if (within[0]) first = at;
          expected.set(at, { shared, first });
        }
        for (let at = Date.parse(moment) - 6 * HOUR; at < Date.parse(moment) + 6 * HOUR; at += 13 * MINUTE) {
          const next = expected.get(at)!;
          const due = Number.isNaN(next.shared) ? next.first : next.shared;
          expect([hours, new Date(nextSendAt(hours, timezones, at)).toISOString()]).toEqual([
            hours,
            new Date(due).toISOString(),
          ]);
        }
      }
  },
);

it("knows the country and the timezone of a number everywhere", async () => {
  const plan = await numberPlan();
  // Territories whose numbers cannot be told from their neighbour's by the first digits.
  const shared = ["AX", "BL", "BQ", "CC", "CX", "EH", "GG", "IM", "JE", "MF", "SJ", "TA", "VA", "YT"];
  const wrong = getCountries().flatMap((country: CountryCode) => {
    const number = getExampleNumber(country, examples)?.number;
    if (number === undefined || shared.includes(country)) return [];
    const found = plan.countryOf(number);
    const known = plan.timezonesOf(number).every((timezone) => clockOf(timezone)(0) !== "");
    return found === country && known && plan.timezonesOf(number).length > 0 ? [] : [`${country} ${number} ${found}`];
  });
  expect(wrong).toEqual([]);
  for (const code of Object.keys(metadata.country_calling_codes))
    expect(plan.countryOf(`+${code}123456789`)).toBeDefined();
  for (const none of ["", "+", "+0", "somebody@example.com"]) {
    expect(plan.countryOf(none)).toBeUndefined();
    expect(plan.timezonesOf(none)).toEqual([]);
  }
});

it("takes the zone of the area code, and the hours that all zones of a country share", async () => {
  const plan = await numberPlan();
  const hours = { start: "09:00", end: "20:00" };
  const at = Date.parse("2026-06-01T00:00Z");
  const next = (number: string): string => new Date(nextSendAt(hours, plan.timezonesOf(number), at)).toISOString();
  expect(next("+6281234567890")).toBe("2026-06-01T02:00:00.000Z");
  expect(next("+62361123456")).toBe("2026-06-01T01:00:00.000Z");
  expect(next("+12125550100")).toBe("2026-06-01T13:00:00.000Z");
  expect(next("+18085550100")).toBe("2026-06-01T00:00:00.000Z");
  expect(next("+18005550100")).toBe("2026-06-01T19:00:00.000Z");
  // Moscow's, since no moment is within such hours in all of Russia.
  expect(
    new Date(nextSendAt({ start: "10:00", end: "14:00" }, plan.timezonesOf("+79123456789"), at)).toISOString(),
  ).toBe("2026-06-01T07:00:00.000Z");
});
