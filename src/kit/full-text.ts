import { cut } from "./cut";
import { fold } from "./fold";
import type { Cursor } from "./page";

/** A word of a text, folded, and where it stands. */
export interface Word {
  text: string;
  start: number;
  end: number;
  /** In a script that does not separate words: the letters of the run, folded. Any part of it may be searched. */
  letters?: readonly Word[];
}

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\p{DI}]*/gu;
/** A letter with its marks and vowel signs, also those that Unicode counts as letters: Thai and Lao AM, half-width dakuten. */
const LETTER = /[\p{L}\p{N}][\p{M}\p{DI}\u0E33\u0EB3\uFF9E\uFF9F]*/gu;
/**
 * Scripts in which words have no spaces between them; Hangul has, but particles and compounds are joined to words. Kana
 * by extensions, for the marks of length and repetition.
 */
const UNSPACED =
  /^(?!\p{Nd})[\p{sc=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Bopo}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Java}\p{sc=Bali}\p{sc=Lana}\p{sc=Tale}\p{sc=Talu}\p{sc=Tavt}\p{sc=Yiii}]/u;
/** Ends a letter that goes on with the next: Khmer coeng, Myanmar and Tai Tham stackers, Thai and Lao nikhahit. */
const STACKER = /[\u17D2\u1039\u1A60\u0E4D\u0ECD]$/;

/** The words of a text in NFC. Characters of FTS5's query syntax separate words. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { 0: found, index } of text.matchAll(WORD)) {
    if (/^\p{ASCII}*$/u.test(found)) words.push({ text: found.toLowerCase(), start: index, end: index + found.length });
    else words.push(...partsOf(found, index));
  }
  return words;
}

/** Letters of unspaced scripts, folded; undefined for others. Folding one takes microseconds, and texts repeat them. */
const known = new Map<string, string | undefined>();
const MAX_KNOWN = 5000;

function unspaced(letter: string): string | undefined {
  if (known.has(letter)) return known.get(letter);
  const folded = UNSPACED.test(letter) ? fold(letter) : undefined;
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(letter, folded);
  return folded;
}

/** The runs of spaced and unspaced scripts in a word. */
function* partsOf(word: string, offset: number): Generator<Word> {
  let run: Word[] = [];
  let [isRun, start] = [false, 0];
  // The end of the letter before, which grows in a stack: a test of all of it at each step would be quadratic.
  let last = "";
  const part = function* (end: number): Generator<Word> {
    const text = isRun ? joined(run) : fold(word.slice(start, end));
    if (text !== "") yield { text, start: offset + start, end: offset + end, ...(isRun && { letters: run }) };
    [run, start] = [[], end];
  };
  for (const { 0: letter, index } of word.matchAll(LETTER)) {
    const text = unspaced(letter);
    if ((text !== undefined) !== isRun) {
      if (index > start) yield* part(index);
      isRun = text !== undefined;
    }
    if (text === undefined) continue;
    const [end, before] = [offset + index + letter.length, run.at(-1)];
    if (before && (text === "" || STACKER.test(last))) Object.assign(before, { text: before.text + text, end });
    else if (text !== "") run.push({ text, start: offset + index, end });
    if (text !== "") last = text;
  }
  yield* part(word.length);
}

const joined = (letters: readonly Word[]): string => letters.map(({ text }) => text).join("");
const pairsOf = (letters: readonly Word[]): string[] => letters.slice(1).map(({ text }, i) => letters[i]!.text + text);

/** A term between two runs, so that no phrase goes from one to the other. */
const BREAK = "\u00B7";

/**
 * A text as FTS5's ascii tokenizer is to index it: words, and runs of letters as overlapping pairs, which are found as a
 * phrase wherever the searched word begins. Single letters follow, once each. Undefined if the tokenizer finds the same
 * words in the text itself.
 */
export function indexedTerms(text: string): string | undefined {
  if (/^\p{ASCII}*$/u.test(text)) return undefined;
  const terms: string[] = [];
  const singles = new Set<string>();
  let isAfterRun = false;
  for (const { text: word, letters } of wordsOf(text.normalize("NFC"))) {
    if (!letters) terms.push(word);
    else if (letters.length > 1) terms.push(...(isAfterRun ? [BREAK] : []), ...pairsOf(letters));
    isAfterRun = letters !== undefined;
    for (const letter of letters ?? []) singles.add(letter.text);
  }
  return [...terms, ...singles].join(" ");
}

/** Ends each letter in a term for prefixes, so that a letter without marks is not the beginning of one with marks. */
const END = "\u00B7";
const termOf = (letters: readonly Word[]): string => letters.map(({ text }) => text + END).join("");

/** Letters of a run of which a prefix is searched. */
const PREFIX_LETTERS = 8;

/**
 * The words of a text for a search of prefixes: as they are, and of a run what begins with each of its letters, so that
 * a prefix is any part of it.
 */
export const prefixTerms = (text: string): string[] =>
  wordsOf(text.normalize("NFC")).flatMap(({ text: word, letters }) =>
    letters ? letters.map((_, i) => termOf(letters.slice(i, i + PREFIX_LETTERS))) : [word],
  );

/** The words of a search, at most 16 of at most 64 letters. */
export const searchWords = (text: string): Word[] =>
  wordsOf(text.normalize("NFC"))
    .slice(0, 16)
    .map((word) => ({
      ...word,
      text: cut(word.text, 64),
      ...(word.letters && { letters: word.letters.slice(0, 64) }),
    }));

/** Whether a text is long enough to search for: two characters, or one that may be a word by itself. */
export const isSearchable = (text: string): boolean => [...text].length > 1 || /\p{sc=Han}/u.test(text);

const allOf = (terms: readonly string[]): string | undefined => (terms.length === 0 ? undefined : terms.join(" AND "));
const phraseOf = (letters: readonly Word[]): string =>
  `"${letters.length === 1 ? joined(letters) : pairsOf(letters).join(" ")}"`;

/** A search as an FTS5 query: each word quoted, all of them required. Undefined if there is no word. */
export const matchWords = (text: string): string | undefined =>
  allOf(searchWords(text).map(({ text: word, letters }) => (letters ? phraseOf(letters) : `"${word}"`)));

/** An FTS5 query for prefixes of words in a column, within one tenant. */
export function matchPrefixes(orgToken: string, column: string, text: string): string | undefined {
  const match = allOf(searchWords(text).map(({ text: word, letters }) => (letters ? phraseOf(letters) : `"${word}"*`)));
  return match && `org_token : "${orgToken}" AND ${column} : (${match})`;
}

/** The same for an index of `prefixTerms` in which each word begins with the tenant's token. */
export const matchOwnPrefixes = (orgToken: string, text: string): string | undefined =>
  allOf(
    searchWords(text)
      .flatMap(({ text: word, letters }) =>
        letters
          ? Array.from({ length: Math.ceil(letters.length / PREFIX_LETTERS) }, (_, i) =>
              termOf(letters.slice(i * PREFIX_LETTERS, (i + 1) * PREFIX_LETTERS)),
            )
          : [word],
      )
      .map((term) => `"${orgToken}${term}"*`),
  );

/*
 * Full text in the order of a list. List rowid = 40 bits of milliseconds around 2^41 (2022 to 2057) | 24 of the row's
 * own rowid, which suffices for a database of 10 GB. FTS5 returns matches in the order of their rowids.
 */

/** In SQL, the row's own rowid from a list rowid. */
export const rowidIn = (listRowid: string): string => `${listRowid} & 16777215`;

/** In SQL, a time as the upper bits of a list rowid; a time out of range is clamped. */
export const listRowidFrom = (at: number, bind: (value: number) => string): string =>
  `(${bind(Math.min(Math.max(at - 2 ** 41, -(2 ** 39)), 2 ** 39 - 1))} << 24)`;

/**
 * In SQL, the list rowid of a cursor's row. If the row was deleted: the first or last rowid of its millisecond, so that
 * no other row is skipped.
 */
export const listRowidOf = (
  table: string,
  { at, id }: Cursor,
  bind: (value: string | number) => string,
  ascending = false,
): string =>
  `${listRowidFrom(at, bind)} + coalesce((SELECT rowid FROM ${table} WHERE org_id = ?1 AND id = ${bind(id)}), ${ascending ? 0 : 0xffffff})`;
