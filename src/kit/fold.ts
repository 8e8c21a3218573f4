/**
 * The form in which a word is searched: equal for spellings that a reader takes for the same. Pure.
 *
 * Unicode's NFKC_Casefold (UAX #44), without the marks of the scripts in which they are optional; then, as in UTR #30
 * (Lucene's ICUFoldingFilter), letters that have a stroke or hook are the plain letter, and digits of any script ASCII.
 * Arabic is as in Lucene's ArabicNormalizer and PersianNormalizer; katakana is hiragana, which UCA's primary strength
 * holds for equal. Marks of other scripts, such as vowel signs, are part of the letter.
 */
export function fold(word: string): string {
  if (/^\p{ASCII}*$/u.test(word)) return word.toLowerCase();
  return (
    word
      .normalize("NFKD")
      .replaceAll(NOT_COUNTED, "")
      .replaceAll(OPTIONAL_MARKS, "$1")
      // Through upper case, in which ß is SS; ẞ is ß in lower case only.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replaceAll(/\P{ASCII}/gu, (letter) => PLAIN.get(letter) ?? letter)
      .replaceAll(/(?!\p{ASCII})\p{Nd}/gu, digitOf)
      .normalize("NFKC")
      .replaceAll(/[\u30A1-\u30F6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
  );
}

const OPTIONAL_MARKS = /([\p{N}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}\p{sc=Arabic}\p{sc=Hebrew}])\p{M}+/gu;
/** Characters that are not displayed (joiners, soft hyphens), apostrophe-like letters, the tatweel, and all that are no letters. */
const NOT_COUNTED = /[\p{DI}\u02B9-\u02DF\u0640]|[^\p{L}\p{N}\p{M}]/gu;

/**
 * Letters by their plain one, of those without a decomposition. Latin and Cyrillic: a letter that its Unicode name
 * describes as "WITH" stroke, hook, tail, descender and the like; below them ligatures and letters of their own.
 */
const PLAIN: ReadonlyMap<string, string> = new Map(
  `aᶏⱥ bƀƃɓᵬᶀꞗ cƈȼɕꞓꞔ dđƌȡɖɗᵭᶁᶑꟈ eɇᶒⱸꬴ fƒᵮᶂꞙ gǥɠᶃꞡ hħɦⱨꞕ iɨᶖ jɉʝ kƙᶄⱪꝁꝃꝅꞣ lłƚȴɫɬɭᶅⱡꝉꞎ mɱᵯᶆ nƞȵɲɳᵰᶇꞑꞥ oøⱺꝋꝍ pƥᵱᵽᶈꝑꝓꝕ
   qɋʠꝗꝙ rɍɼɽɾᵲᵳᶉꞧ sȿʂᵴᶊꞩꟊ tŧƫƭȶʈᵵⱦ uᶙꞹ vʋᶌⱱⱴꝟ wⱳ xᶍ yƴɏỿ zƶȥɀʐʑᵶᶎⱬ
   гґғҕӷӻ жҗ зҙ кқҝҟӄ лӆԓԡԯ мӎ нңӈӊԣԩ пҧԥ рҏ сҫ тҭ хҳӽӿ чҷҹ үұ һԧ
   aə eɛǝ iı jȷ nŋ oɔ qĸ uʉ σς اٱ يىیے هةہھۀ كکڪ`
    .split(/\s+/)
    .flatMap(([plain, ...letters]) => letters.map((letter): [string, string] => [letter, plain!]))
    .concat([
      ["æ", "ae"],
      ["œ", "oe"],
      ["þ", "th"],
      ["ð", "d"],
    ]),
);

/** Digits of a script are ten in a row. */
function digitOf(digit: string): string {
  const at = digit.codePointAt(0)!;
  let zero = at;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((at - zero) % 10);
}
