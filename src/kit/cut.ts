/** The beginning of a text, at most `length` UTF-16 code units; never splits a surrogate pair. */
export function cut(text: string, length: number): string {
  const end = text.length > length && /[\uD800-\uDBFF]/.test(text.charAt(length - 1)) ? length - 1 : length;
  return text.slice(0, end);
}

/** A file's name of at most `length` code units that keeps its ending, if that has at most 16 characters. */
export function cutName(name: string, length: number): string {
  if (name.length <= length) return name;
  const ending = /\.[^\s.]{1,16}$/.exec(name)?.[0] ?? "";
  return cut(name, length - ending.length) + ending;
}
