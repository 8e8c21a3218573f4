/** Mentions in notes: `@[Name](agent id)` for the API, `@Name` for people. Pure. */
const MENTION = /@\[([^\]\n]{1,200})\]\(([0-9a-f-]{36})\)/g;

export interface Mention {
  name: string;
  id: string;
}

export function mentionPieces(content: string): (string | Mention)[] {
  const pieces: (string | Mention)[] = [];
  let at = 0;
  for (const { 0: found, 1: name = "", 2: id = "", index } of content.matchAll(MENTION)) {
    if (index > at) pieces.push(content.slice(at, index));
    pieces.push({ name, id });
    at = index + found.length;
  }
  if (at < content.length) pieces.push(content.slice(at));
  return pieces;
}

export function readable(content: string): { text: string; mentions: Mention[] } {
  const pieces = mentionPieces(content);
  return {
    text: pieces.map((piece) => (typeof piece === "string" ? piece : `@${piece.name}`)).join(""),
    mentions: pieces.filter((piece) => typeof piece !== "string"),
  };
}

/** The longest names first: `@Sari Dewi` is not `@Sari`. */
export function writable(text: string, mentions: readonly Mention[]): string {
  const byLength = [...mentions].sort((one, other) => other.name.length - one.name.length);
  let written = "";
  for (let at = 0; at < text.length;) {
    const mention = text[at] === "@" ? byLength.find(({ name }) => text.startsWith(name, at + 1)) : undefined;
    written += mention ? `@[${mention.name}](${mention.id})` : text[at];
    at += mention ? mention.name.length + 1 : 1;
  }
  return written;
}
