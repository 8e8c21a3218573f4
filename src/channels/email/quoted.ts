/** Separates what a person wrote from the earlier mails that it repeats. Pure, and linear in the text's length. */

/** A longer line is prose or hostile, and begins no quotation. */
const MAX_HEADER_LINE = 500;
/** An introduction may be broken into so many lines. */
const MAX_INTRODUCTION_LINES = 4;
/** A quotation that begins later is not looked for. */
const MAX_LINES = 5000;

/** `On …, … wrote:` as mail programs say it. */
const WROTE =
  /wrote|writes|schrieb|geschreven|schreef|escribió|a écrit|ha scritto|scrisse|escreveu|skrev|kirjoitti|napisał|napsal|написал|пишет|yazdı|menulis|viết|írta|a scris|έγραψε/iu;
const WROTE_AT_END = /(写道|寫道|のメッセージ|님이 작성)[:：]?$/u;
/** So near to the end of an introduction is its verb. */
const VERB_CHARS = 90;
const STARTS =
  /^[>\s-]{0,6}(on|le|am|el|il|em|op|den|på|w dniu|dne|vào|pada|в|ons|tor|fre|lør|søn|man|tir|ma|ti|ke|to|pe|la|su|\d{1,4}[-./年])(?=\W|\d|$)/iu;
const DIVIDER =
  /^[>\s]{0,4}[-_=]{2,40}\s?(original message|ursprüngliche nachricht|originalnachricht|message d'origine|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|forwarded message|weitergeleitete nachricht|reply message|urspr\. nachricht|pesan asli|originalmeddelande)\s?[-_=]{0,40}$/i;
const RULE = /^_{20,100}$/;
const HEADER =
  /^[>\s*]{0,8}(from|von|de|da|van|från|fra|lähettäjä|od|от|dari|发件人|寄件者|差出人|gönderen)\s?\*{0,2}\s?[:：]/i;
const SECOND_HEADER =
  /^[>\s*]{0,8}(sent|date|to|subject|gesendet|datum|an|betreff|envoyé|objet|à|enviado|fecha|para|asunto|inviato|data|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|lähetetty|wysłano|do|temat|отправлено|кому|тема|发送时间|收件人|主题|gönderilen|kime|konu|reply-to)\s?\*{0,2}\s?[:：]/i;

/** `text`: what the person wrote; `quoted`: the rest, from the first line that introduces it. Together they are all. */
export function splitQuoted(whole: string): { text: string; quoted: string } {
  const lines = whole.replaceAll("\r\n", "\n").split("\n");
  const at = firstQuoted(lines);
  if (at === undefined) return { text: whole.trim(), quoted: "" };
  const text = lines.slice(0, at).join("\n").trim();
  // A mail that is nothing but a quotation, a forwarded one for example, is shown.
  if (text === "") return { text: whole.trim(), quoted: "" };
  return { text, quoted: lines.slice(at).join("\n").trim() };
}

function firstQuoted(lines: readonly string[]): number | undefined {
  // Words below or between quotations are the writer's own: only a quotation that reaches the end is folded.
  const lastOwn = lines.findLastIndex((line) => line.trim() !== "" && !line.startsWith(">"));
  for (const [at, line] of lines.slice(0, MAX_LINES).entries()) {
    if (line.length > MAX_HEADER_LINE) continue;
    if (DIVIDER.test(line) || (RULE.test(line.trim()) && isHeaderBlock(lines, at + 1)) || isHeaderBlock(lines, at))
      return at;
    if (isIntroduction(lines, at)) return followedByQuote(lines, at, lastOwn) ? at : undefined;
    if (line.startsWith(">") && at > lastOwn) return at;
  }
  return undefined;
}

const saysWrote = (words: string): boolean =>
  ((words.endsWith(":") || words.endsWith("--")) && WROTE.test(words.slice(-VERB_CHARS))) || WROTE_AT_END.test(words);

function isHeaderBlock(lines: readonly string[], at: number): boolean {
  if (!HEADER.test(lines[at] ?? "")) return false;
  return lines.slice(at + 1, at + 6).some((line) => line.length <= MAX_HEADER_LINE && SECOND_HEADER.test(line));
}

function isIntroduction(lines: readonly string[], at: number): boolean {
  if (!STARTS.test(lines[at]!)) return false;
  let words = "";
  for (let next = at; next < Math.min(at + MAX_INTRODUCTION_LINES, lines.length); next++) {
    words = `${words} ${lines[next]!.trim()}`.slice(0, MAX_HEADER_LINE);
    if (lines[next]!.trim() === "") return false;
    if (saysWrote(words.trimEnd())) return true;
  }
  return false;
}

/** An introduction whose quotation is followed by own words introduces an answer between the lines. */
function followedByQuote(lines: readonly string[], at: number, lastOwn: number): boolean {
  const quote = lines.findIndex((line, index) => index > at && line.startsWith(">"));
  return quote === -1 || lastOwn < quote;
}
