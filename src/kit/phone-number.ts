/**
 * Numbers that WhatsApp and people write in two ways name one phone: Brazil's mobile numbers with and without their
 * ninth digit, Mexico's with a 1 after the country code, Argentina's with a 9. Pure.
 */
const FORMS: readonly [pattern: RegExp, one: string][] = [
  // Without the ninth digit, mobile numbers begin with 6 to 9; landlines, which never have it, with 2 to 5.
  [/^\+55(\d{2})([6-9]\d{7})$/, "+55$19$2"],
  [/^\+521(\d{10})$/, "+52$1"],
  [/^\+549(\d{10})$/, "+54$1"],
];

/** The one form by which an address names a person; an address that is no such number is returned as it is. */
export function nameOfAddress(address: string): string {
  for (const [pattern, one] of FORMS) if (pattern.test(address)) return address.replace(pattern, one);
  return address;
}
