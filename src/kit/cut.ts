/** The beginning of a text, of `length` UTF-16 code units at most: never half of a character, which is no Unicode. */
export function cut(text: string, length: number): string {
  const end = text.length > length && /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
