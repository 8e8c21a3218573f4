import { cut } from "../../kit/cut";
import { prefixTerms } from "../../kit/full-text";
import { nationalNumber } from "./trunk-prefixes";

type Address = "phone_number" | "user_id" | "username" | "email";
export type SearchTerms = Partial<Record<"name" | Address, string>>;

/**
 * A contact's search terms by field: the words of the name and the addresses, and every suffix of a number, so that a
 * prefix search finds any part of it. Unknown fields are omitted, so that merging keeps the stored ones. Pure.
 */
export function searchTerms({ name, ...addresses }: Partial<Record<"name" | Address, string | null>>): SearchTerms {
  const terms: [string, string[]][] = [
    ["name", prefixTerms(name ?? "").slice(0, 40)],
    ...Object.entries(addresses).map(([field, address]): [string, string[]] => [field, addressTerms(address ?? "")]),
  ];
  return Object.fromEntries(
    terms.flatMap(([field, words]) => (words.length === 0 ? [] : [[field, cut([...new Set(words)].join(" "), 500)]])),
  );
}

function addressTerms(address: string): string[] {
  if (!/^\+?\d+$/.test(address)) return prefixTerms(address);
  const digits = address.replace("+", "");
  const suffixes = Array.from({ length: Math.min(Math.max(digits.length - 2, 1), 20) }, (_, i) => digits.slice(i));
  // Also as it is dialled in its country: the other parts of that number are parts of the international one.
  const national = address.startsWith("+") ? nationalNumber(digits) : undefined;
  return national === undefined ? suffixes : [...suffixes, national];
}
