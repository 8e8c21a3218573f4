/** Reads and writes CSV as in RFC 4180, safe to open in a spreadsheet. Pure. */

export interface CsvRecord {
  /** The line of the file on which the record starts, from 1. A quoted field may contain line breaks. */
  line: number;
  fields: string[];
  /** The reason why the record cannot be read; it then has no fields. Reading continues with the next line. */
  fault?: string;
}

/** Limits the damage of a quote that is never closed. */
const MAX_RECORD_CHARS = 64 * 1024;

/** Yields the records of a text; blank lines are skipped. Lines end with CRLF, LF or CR. */
export function* csvRecords(text: string, separator = ","): Generator<CsvRecord> {
  let [at, line] = [0, 1];
  while (at < text.length) {
    const { fields, fault, end, lines } = csvRecordAt(text, at, separator);
    if (fault !== undefined) yield { line, fields, fault };
    else if (fields.length > 1 || fields[0] !== "") yield { line, fields };
    line += lines;
    at = end;
  }
}

interface RecordAt {
  fields: string[];
  fault?: string;
  /** The text ends within a quoted field. */
  isCut?: true;
  /** Index after the record's line break. */
  end: number;
  lines: number;
}

/** The record that starts at an index, for a caller that reads a text in parts. A blank line is one empty field. */
export function csvRecordAt(text: string, start: number, separator: string): RecordAt {
  const fields: string[] = [];
  let [at, lines] = [start, 1];
  const faulty = (fault: string): RecordAt => ({ fields: [], fault, end: endOfLine(text, start), lines: 1 });
  for (;;) {
    let field = "";
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) return { ...faulty("a quote is not closed"), isCut: true };
        if (at - start > MAX_RECORD_CHARS) return faulty("longer than 64 KB, or a quote is not closed");
        const char = text[at]!;
        if (char === '"') {
          if (text[at + 1] !== '"') break;
          at++;
        } else if (char === "\n" || (char === "\r" && text[at + 1] !== "\n")) lines++;
        field += char;
      }
      at++;
      if (at < text.length && text[at] !== separator && !isBreak(text[at]!))
        return faulty("text behind a closing quote");
    } else {
      const from = at;
      while (at < text.length && text[at] !== separator && !isBreak(text[at]!)) at++;
      if (at - start > MAX_RECORD_CHARS) return faulty("longer than 64 KB");
      field = text.slice(from, at);
    }
    fields.push(field);
    if (text[at] !== separator) return { fields, end: endOfLine(text, at), lines };
    at++;
  }
}

const isBreak = (char: string): boolean => char === "\n" || char === "\r";

/** Index after the next line break. */
function endOfLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isBreak(text[at]!)) at++;
  return text[at] === "\r" && text[at + 1] === "\n" ? at + 2 : at + 1;
}

/** One record with its line break. Fields are quoted where necessary. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",;\t\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",")}\r\n`;
}

/** Matches what a spreadsheet would read as a formula, also after blanks and with full-width characters. */
const FORMULA = /^'*\s*[=+\-@＝＋－＠]|^'*[\t\r\n]/;

/**
 * Prefixes an apostrophe to a formula, so that a spreadsheet reads it as text. Reversible: one that has apostrophes
 * gets one more.
 */
export const neutralized = (field: string): string => (FORMULA.test(field) ? `'${field}` : field);

/** The inverse of `neutralized`. */
export const unneutralized = (field: string): string =>
  field.startsWith("'") && FORMULA.test(field) ? field.slice(1) : field;
