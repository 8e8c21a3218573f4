import { fold } from "../kit/fold";
import { matchOwnPrefixes } from "../kit/full-text";

/**
 * An FTS5 query for contacts' terms (areas/contacts/terms.ts), each after the tenant's token. Undefined if the text has
 * no word. Pure.
 */
export const matchContacts = (orgToken: string, text: string): string | undefined =>
  matchOwnPrefixes(orgToken, digitsOf(text) ?? text);

/** A text with this many digits is one number, however it is written. With fewer, its groups may be parts of one. */
const MIN_NUMBER_DIGITS = 7;

/** The digits of a text that is a phone number, without the 00 before a country's code and a (0) after it. */
function digitsOf(text: string): string | undefined {
  const plain = text.normalize("NFKC").replaceAll(/\p{Nd}/gu, fold);
  if (!/^[\d\s().+/\p{Pd}]+$/u.test(plain)) return undefined;
  const isInternational = /^\s*\(?(?:\+|00)/.test(plain);
  const digits = (isInternational ? plain.replace("(0)", "") : plain).replaceAll(/\D/g, "").replace(/^00/, "");
  return digits.length < MIN_NUMBER_DIGITS ? undefined : digits;
}
