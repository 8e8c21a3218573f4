/**
 * Trunk prefixes by country calling code, as libphonenumber has them; a test compares. The library itself would add
 * 40 KB to what starts with the Worker. Not from its metadata: 549, mobiles of Argentina, which lose the 9 at home, and 80, which is how
 * numbers of Belarus are written.
 */
const CODES_BY_PREFIX: Readonly<Record<string, string>> = {
  "0": `20 211 212 213 218 231 232 233 234 243 249 250 251 252 254 255 256 260 261 262 263 264 265 27 291 31 32 33 353
    355 358 359 370 373 374 377 380 381 382 383 385 386 387 389 40 41 421 423 43 44 46 49 508 51 53 54 549 55 57 58 590
    591 593 594 595 596 598 60 61 62 63 64 66 686 81 82 84 850 855 856 86 880 886 90 91 92 93 94 95 961 962 963 964 966
    967 970 971 972 976 977 98 994 995 996`,
  "06": "36",
  "1": "1 692",
  "8": "7 993",
  "80": "375",
};
const PREFIXES: ReadonlyMap<string, string> = new Map(
  Object.entries(CODES_BY_PREFIX).flatMap(([prefix, codes]) =>
    codes.split(/\s+/).map((code): [string, string] => [code, prefix]),
  ),
);

/** A number as it is dialled in its own country, from its international digits; undefined if that is without a prefix. */
export function nationalNumber(digits: string): string | undefined {
  const code = [3, 2, 1].map((length) => digits.slice(0, length)).find((start) => PREFIXES.has(start));
  return code && PREFIXES.get(code)! + digits.slice(code.length);
}
