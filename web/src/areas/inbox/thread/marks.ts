/** WhatsApp's marks and links in a text, as pieces to be drawn. Pure; nothing of it becomes markup. */
export type Mark = "bold" | "italic" | "strike" | "code";
export type Piece = { text: string; marks: readonly Mark[] } | { text: string; href: string };

const SIGNS: Record<string, Mark> = { "*": "bold", _: "italic", "~": "strike" };
/** Longer texts are shown as they are: finding marks costs time. */
const MOST = 20_000;
const LINK = /https?:\/\/[^\s<>"'`]+/gu;
const END = /[).,;:!?\]}'"]+$/u;

export function piecesOf(text: string, hasMarks: boolean): Piece[] {
  if (text.length > MOST) return [{ text, marks: [] }];
  const pieces: Piece[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const href = found.replace(END, "");
    if (href.length < 11) continue;
    pieces.push(...marked(text.slice(at, index), hasMarks), { text: href, href });
    at = index + href.length;
  }
  return [...pieces, ...marked(text.slice(at), hasMarks)];
}

function marked(text: string, hasMarks: boolean): Piece[] {
  if (text === "") return [];
  return hasMarks ? split(text, []) : [{ text, marks: [] }];
}

/** The first mark that opens and closes; its text may have marks of its own. */
function split(text: string, marks: readonly Mark[]): Piece[] {
  for (let i = 0; i < text.length; i++) {
    if (text.startsWith("```", i)) {
      const end = text.indexOf("```", i + 3);
      if (end > i + 3)
        return [
          ...plain(text.slice(0, i), marks),
          { text: text.slice(i + 3, end), marks: [...marks, "code"] },
          ...split(text.slice(end + 3), marks),
        ];
    }
    const mark = SIGNS[text[i]!];
    if (mark === undefined || marks.includes(mark) || !opens(text, i)) continue;
    const end = closing(text, i);
    if (end === undefined) continue;
    return [
      ...plain(text.slice(0, i), marks),
      ...split(text.slice(i + 1, end), [...marks, mark]),
      ...split(text.slice(end + 1), marks),
    ];
  }
  return plain(text, marks);
}

const plain = (text: string, marks: readonly Mark[]): Piece[] => (text === "" ? [] : [{ text, marks }]);
const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
const isSpace = (char: string | undefined): boolean => char === undefined || /\s/u.test(char);

const opens = (text: string, i: number): boolean =>
  !isWord(text[i - 1]) && !isSpace(text[i + 1]) && text[i + 1] !== text[i];

/** On the same line. */
function closing(text: string, start: number): number | undefined {
  for (let i = start + 2; i < text.length && text[i] !== "\n"; i++)
    if (text[i] === text[start] && !isSpace(text[i - 1]) && !isWord(text[i + 1])) return i;
  return undefined;
}
