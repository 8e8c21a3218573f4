/** A word before the caret that asks for suggestions: `/word` in an answer, `@name` in a note. Pure. */
export interface Trigger {
  sign: "/" | "@";
  query: string;
  /** Where the sign stands. */
  start: number;
}

const BEFORE_CARET = /(?:^|\s)([/@])([\p{L}\p{N}._-]{0,40}(?: [\p{L}\p{N}._-]{0,40})?)$/u;

export function triggerAt(text: string, caret: number, kind: "reply" | "note"): Trigger | undefined {
  const [, sign, query = ""] = BEFORE_CARET.exec(text.slice(Math.max(0, caret - 100), caret)) ?? [];
  if (sign !== "/" && sign !== "@") return undefined;
  if (sign === "@" && kind !== "note") return undefined;
  // A quick reply has one word, or is looked for by it.
  if (sign === "/" && query.includes(" ")) return undefined;
  return { sign, query, start: caret - query.length - 1 };
}
