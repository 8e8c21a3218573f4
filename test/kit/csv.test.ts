import fc from "fast-check";
import { expect, it } from "vitest";
import { csvLine, csvRecords, neutralized, unneutralized } from "../../src/kit/csv";

const read = (text: string, separator?: string): unknown[] =>
  [...csvRecords(text, separator)].map(({ line, fields, fault }) => [line, fault ?? fields]);

it("reads what RFC 4180 allows, and says where each record begins", () => {
  expect(read('a,b\r\n"x, y","say ""hi"""\r\n"two\nlines",z\n\nlast,\rend')).toEqual([
    [1, ["a", "b"]],
    [2, ["x, y", 'say "hi"']],
    [3, ["two\nlines", "z"]],
    [6, ["last", ""]],
    [7, ["end"]],
  ]);
  expect(read("")).toEqual([]);
  expect(read("a;b\n", ";")).toEqual([[1, ["a", "b"]]]);
  expect(read('5" pipe,x')).toEqual([[1, ['5" pipe', "x"]]]);
});

it("goes on behind a line that cannot be read", () => {
  expect(read('a\n"x"y,1\nb\n"never closed\nc\n')).toEqual([
    [1, ["a"]],
    [2, "text behind a closing quote"],
    [3, ["b"]],
    [4, "a quote is not closed"],
    [5, ["c"]],
  ]);
  expect(read(`"${"x".repeat(100_000)}",a\nb`)).toEqual([
    [1, "longer than 64 KB, or a quote is not closed"],
    [2, ["b"]],
  ]);
});

it("reads back whatever it wrote", () => {
  const field = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom('"', '""', ",", "\n", "\r", "\r\n", " x ", "=1", "'", "'=1", ";"),
  );
  fc.assert(
    fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const text = rows.map((row) => csvLine(row.map(neutralized))).join("");
      expect([...csvRecords(text)].map((record) => record.fields.map(unneutralized))).toEqual(rows);
    }),
    { numRuns: 500 },
  );
});

it("lets no field be a formula", () => {
  const formulas = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1",
    "'=1",
    '=HYPERLINK("http://evil.test")',
    "=cmd|' /C calc'!A0",
  ];
  for (const field of formulas) {
    expect(neutralized(field)).toBe(`'${field}`);
    expect(unneutralized(neutralized(field))).toBe(field);
  }
  for (const field of ["Hello", "", "1-2", "a=b", "it's", "'tis", "don't"])
    expect([neutralized(field), unneutralized(field)]).toEqual([field, field]);
});

it("takes time in proportion to the file, whatever stands in it", () => {
  for (const text of [
    '"'.repeat(1_000_000),
    '"a""\n'.repeat(200_000),
    ',"\n'.repeat(300_000),
    "\r".repeat(1_000_000),
  ]) {
    const startedAt = performance.now();
    let n = 0;
    for (const _ of csvRecords(text)) if (++n > 10_000) break;
    expect(performance.now() - startedAt).toBeLessThan(3000);
  }
});
