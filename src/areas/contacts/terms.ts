import { cut } from "../../kit/cut";

/** What a contact is found by: the words of the name, and every ending of a number, so that a prefix search finds any part of it. Pure. */
export function searchTerms(name: string | null, addresses: readonly (string | null)[]): string {
  const terms = new Set((name ?? "").split(/\s+/).filter(Boolean).slice(0, 20));
  for (const address of addresses) {
    if (!address) continue;
    const digits = address.replaceAll(/\D/g, "");
    if (/^\+?\d+$/.test(address)) for (let i = 0; i <= Math.max(0, digits.length - 3) && i < 20; i++) terms.add(digits.slice(i));
    else for (const part of address.split(/[\s@.]+/).filter(Boolean)) terms.add(part);
  }
  return cut([...terms].join(" "), 2000);
}

/**
 * A search as FTS5 understands it: each word quoted, all of them needed. Everything that FTS5 would read as syntax is taken for text.
 * Undefined when no word is left.
 */
export function matchWords(words: string, { prefix }: { prefix: boolean }): string | undefined {
  const tokens = words
    .normalize("NFC")
    .match(/[\p{L}\p{N}\p{M}]+/gu)
    ?.slice(0, 16);
  return tokens?.map((token) => `"${cut(token, 64)}"${prefix ? "*" : ""}`).join(" AND ");
}

/** Beginnings of words in a column, within one tenant. */
export function matchPrefixes(orgToken: string, column: string, words: string): string | undefined {
  const match = matchWords(words, { prefix: true });
  return match && `org_token : "${orgToken}" AND ${column} : (${match})`;
}
