import { cut } from "../../kit/cut";
import { tokenize } from "../../kit/full-text";

type Address = "phone_number" | "user_id" | "username" | "email";
export type SearchTerms = Partial<Record<"name" | Address, string>>;

/**
 * What a contact is found by: the words of the name and of each address, and every ending of a number, so that a prefix search finds
 * any part of it. What is not known is left out, so it stays as it is when these are merged into a contact's terms. Pure.
 */
export function searchTerms({ name, ...addresses }: Partial<Record<"name" | Address, string | null>>): SearchTerms {
  const terms: [string, string[]][] = [
    ["name", tokenize(name ?? "").slice(0, 20)],
    ...Object.entries(addresses).map(([of, address]): [string, string[]] => [of, addressTerms(address ?? "")]),
  ];
  return Object.fromEntries(
    terms.flatMap(([of, words]) => (words.length === 0 ? [] : [[of, cut([...new Set(words)].join(" "), 500)]])),
  );
}

function addressTerms(address: string): string[] {
  if (!/^\+?\d+$/.test(address)) return tokenize(address);
  const digits = address.replace("+", "");
  return Array.from({ length: Math.min(Math.max(digits.length - 2, 1), 20) }, (_, i) => digits.slice(i));
}
