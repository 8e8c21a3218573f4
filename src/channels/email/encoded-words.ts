/** Texts in headers (RFC 2047). Pure. */

/** So that an encoded word has at most 75 characters. */
const MAX_BYTES = 45;

/**
 * The text as it may stand in a header: as it is, or in encoded words that a space separates. Control characters become
 * spaces, so no text begins a header of its own.
 */
export function headerText(text: string): string {
  const line = text.toWellFormed().replaceAll(/\p{Cc}+/gu, " ");
  // Programs decode a text that looks like an encoded word, and cannot fold a word that is longer than a line.
  return /^[\x20-\x7e]*$/.test(line) && !line.includes("=?") && !/\S{200}/.test(line) ? line : wordsOf(line).join(" ");
}

function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: Buffer[] = [];
  let bytes = 0;
  const end = (): void => {
    if (bytes > 0) words.push(`=?utf-8?B?${Buffer.concat(word).toString("base64")}?=`);
    word = [];
    bytes = 0;
  };
  // No word divides a character.
  for (const character of text) {
    const encoded = Buffer.from(character);
    if (bytes + encoded.length > MAX_BYTES) end();
    word.push(encoded);
    bytes += encoded.length;
  }
  end();
  return words;
}
