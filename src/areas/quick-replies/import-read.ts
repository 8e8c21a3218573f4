import { type CsvRecord, csvRecords, unneutralized } from "../../kit/csv";
import { COLUMNS } from "./export";
import { quickReplyFileUnreadable } from "./problems";

export interface ImportRecord {
  line: number;
  /** The reason why the record cannot be read. */
  fault?: string;
  /** By column; blank fields are omitted. */
  values: Record<string, string>;
}

/** Reads a CSV file with a header. Returns its known columns and its records. Throws `quick_reply_file_unreadable`. */
export function readImport(text: string): { columns: string[]; records: Iterable<ImportRecord> } {
  const { columns, records } = withHeader(text.replace(/^\uFEFF/, ""));
  return { columns: columns.filter(isColumn), records: recordsOf(columns, records) };
}

function* recordsOf(columns: readonly string[], records: Iterable<CsvRecord>): Generator<ImportRecord> {
  for (const { line, fields, fault } of records) {
    if (fault === undefined && isBlank(fields)) continue;
    if (fault !== undefined) yield { line, fault, values: {} };
    else if (fields.length > columns.length)
      yield { line, fault: `${fields.length} fields, and the header has ${columns.length}`, values: {} };
    else {
      const named = columns.map((column, i): [string, string] => [column, unneutralized(fields[i] ?? "")]);
      yield {
        line,
        values: Object.fromEntries(named.filter(([column, value]) => isColumn(column) && value.trim() !== "")),
      };
    }
  }
}

/** Spreadsheets write rows that once had content as separators only. */
const isBlank = (fields: readonly string[]): boolean => fields.every((field) => field.trim() === "");

const isColumn = (name: string): boolean => (COLUMNS as readonly string[]).includes(name);

/** Spreadsheets separate fields as is usual in their locale: uses the separator that gives a valid header. */
function withHeader(text: string): { columns: string[]; records: Iterator<CsvRecord> & Iterable<CsvRecord> } {
  const named = /^sep=([,;\t])(\r\n|\r|\n)/i.exec(text);
  for (const separator of named ? [named[1]!] : [",", ";", "\t"]) {
    const records = csvRecords(text, separator);
    // Excel's `sep=` line precedes the header and counts as a line of the file.
    if (named) records.next();
    let header = records.next();
    while (!header.done && header.value.fault === undefined && isBlank(header.value.fields)) header = records.next();
    const columns = header.done ? [] : header.value.fields.map((field) => field.trim().toLowerCase());
    if (!columns.includes("title") || !columns.includes("content")) continue;
    const twice = COLUMNS.find((column) => columns.indexOf(column) !== columns.lastIndexOf(column));
    if (twice) throw quickReplyFileUnreadable(`the column ${twice} appears more than once`);
    return { columns, records };
  }
  throw quickReplyFileUnreadable("the first line must name the columns title and content");
}
