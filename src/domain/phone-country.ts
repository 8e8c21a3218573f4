/** The country of a phone number, and the timezones that its owner may be in, by its first digits. */

export interface NumberPlan {
  /** Two letters. Undefined: the number begins with no calling code. */
  countryOf(address: string): string | undefined;
  /** The most populous first. Empty: not known. */
  timezonesOf(address: string): readonly string[];
}

type Area = { country: string; timezones: readonly string[] };

let plan: Promise<NumberPlan> | undefined;

/** The table is loaded at the first use. `address`: E.164, with its plus or without. */
export const numberPlan = (): Promise<NumberPlan> => (plan ??= load());

async function load(): Promise<NumberPlan> {
  const { AREAS_OF_1, PREFIXES } = await import("./phone-zones");
  const areas = new Map<string, Area>();
  const entries = (text: string): string[] => text.split(";").map((entry) => entry.trim());
  for (const entry of entries(PREFIXES)) {
    const [prefix, country, ...timezones] = entry.split(/\s+/);
    areas.set(prefix!, { country: country!, timezones });
  }
  for (const entry of entries(AREAS_OF_1)) {
    const [where = "", codes = ""] = entry.split(":");
    const [country, ...timezones] = where.split(/\s+/);
    for (const code of codes.trim().split(/\s+/)) areas.set(`1${code}`, { country: country!, timezones });
  }
  const longest = Math.max(...[...areas.keys()].map((prefix) => prefix.length));
  const areaOf = (address: string): Area | undefined => {
    const digits = address.replace(/^\+/, "");
    for (let length = longest; length > 0; length--) {
      const area = areas.get(digits.slice(0, length));
      if (area && digits.length >= length) return area;
    }
    return undefined;
  };
  return {
    countryOf: (address) => areaOf(address)?.country,
    timezonesOf: (address) => areaOf(address)?.timezones ?? [],
  };
}

/** The digits after the plus that decide on a number's country. */
export const COUNTRY_DIGITS = 5;
