import { type CountryCode, getExampleNumber } from "libphonenumber-js";
import examples from "libphonenumber-js/examples.mobile.json";
import { expect, it } from "vitest";
import { searchTerms } from "../../src/areas/contacts/terms";

/** Argentina puts a 15 between area and number, whose lengths differ by area. */
const NOT_KNOWN: ReadonlySet<string> = new Set(["AR"]);

it("finds a mobile number of each country as libphonenumber writes it there", () => {
  const unfound = Object.keys(examples).filter((country) => {
    const number = getExampleNumber(country as CountryCode, examples)!;
    const terms = searchTerms({ phone_number: number.number }).phone_number!.split(" ");
    return !terms.includes(number.formatNational().replaceAll(/\D/g, ""));
  });
  expect(Object.keys(examples).length).toBeGreaterThan(230);
  expect(unfound.filter((country) => !NOT_KNOWN.has(country))).toEqual([]);
});
