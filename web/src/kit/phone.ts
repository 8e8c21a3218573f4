/** Country codes of one and two digits; all others have three. */
const TWO = /^(20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** A phone number in groups, as people read it: `+62 812 3456 7890`. Other addresses stay as they are. */
export function shownAddress(address: string): string {
  const digits = /^\+?(\d{8,15})$/.exec(address)?.[1];
  if (digits === undefined) return address;
  const length = /^[17]/.test(digits) ? 1 : TWO.test(digits) ? 2 : 3;
  const rest = digits.slice(length);
  return [`+${digits.slice(0, length)}`, rest.slice(0, 3), ...(rest.slice(3).match(/.{1,4}/g) ?? [])].join(" ");
}
