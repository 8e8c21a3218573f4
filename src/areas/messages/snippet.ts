import { cut } from "../../kit/cut";
import { searchWords, type Word, wordsOf } from "../../kit/full-text";

const MAX_CHARS = 160;
/** A page has up to a hundred texts, which strangers wrote. */
const MAX_TEXT_CHARS = 4096;
const MAX_HITS = 100;
const MAX_CANDIDATES = 10;

/**
 * The part of a text with the most searched words, which are enclosed in « and »: words, or letters with their marks.
 * Pure.
 */
export function snippetOf(text: string, search: string): string {
  const whole = text.normalize("NFC");
  const words = wordsOf(cut(whole, MAX_TEXT_CHARS));
  const searched = [...new Map(searchWords(search).map((word) => [word.text, word])).values()];
  const hits = searched.flatMap((one, number) =>
    words
      .flatMap((word) => hitsIn(word, one))
      .slice(0, MAX_HITS)
      .map((hit) => ({ ...hit, number })),
  );
  const [from, to] = partOf(words, hits, whole.length);
  let [snippet, end] = [from > 0 ? "…" : "", from];
  for (const hit of merged(hits)) {
    if (hit.start < end || hit.end > to) continue;
    snippet += `${whole.slice(end, hit.start)}«${whole.slice(hit.start, hit.end)}»`;
    end = hit.end;
  }
  return snippet + whole.slice(end, to) + (to < whole.length ? "…" : "");
}

interface Span {
  start: number;
  end: number;
}

function hitsIn({ text, letters, start, end }: Word, searched: Word): Span[] {
  if (!letters || !searched.letters)
    return letters || searched.letters || text !== searched.text ? [] : [{ start, end }];
  const length = searched.letters.length;
  return letters.flatMap((letter, i) =>
    searched.letters!.every(({ text: other }, n) => letters[i + n]?.text === other)
      ? [{ start: letter.start, end: letters[i + length - 1]!.end }]
      : [],
  );
}

/** The bounds of a part of at most MAX_CHARS around the hit with the most other searched words near it. */
function partOf(
  words: readonly Word[],
  hits: readonly (Span & { number: number })[],
  length: number,
): [number, number] {
  if (length <= MAX_CHARS) return [0, length];
  const places = words.flatMap((word) => word.letters ?? [word]);
  const boundsAt = ({ start, end }: Span): [number, number] => {
    const from = Math.min(Math.max(0, start - (MAX_CHARS - (end - start)) / 2), length - MAX_CHARS);
    const begin = from <= 0 ? 0 : Math.min(start, places.find((place) => place.start >= from)?.start ?? start);
    const to = begin + MAX_CHARS;
    return [begin, to >= length ? length : Math.max(end, places.findLast((place) => place.end <= to)?.end ?? end)];
  };
  const candidates = hits.slice(0, MAX_CANDIDATES).map((hit) => {
    const [from, to] = boundsAt(hit);
    const near = hits.filter(({ start, end }) => start >= from && end <= to);
    return { bounds: [from, to] as [number, number], found: new Set(near.map(({ number }) => number)).size };
  });
  const best = candidates.reduce<(typeof candidates)[number] | undefined>(
    (one, other) => (one && one.found >= other.found ? one : other),
    undefined,
  );
  return best?.bounds ?? boundsAt({ start: 0, end: 0 });
}

/** In the order of the text, overlapping ones as one. */
function merged(hits: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const { start, end } of hits.toSorted((a, b) => a.start - b.start)) {
    const last = spans.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  }
  return spans;
}
