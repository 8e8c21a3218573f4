/** The beginning of a text, at most `length` UTF-16 code units; never splits a surrogate pair. */
export function cut(text: string, length: number): string {
  const end = text.length > length && /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}
