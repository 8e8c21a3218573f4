import { saveFile } from "../../kit/download";

export type CsvRow = readonly (string | number | null | undefined)[];

/** RFC 4180, with a mark that spreadsheets read as UTF-8. */
export const saveCsv = (name: string, rows: readonly CsvRow[]): void =>
  saveFile(`${name}.csv`, "text/csv", `\uFEFF${csvOf(rows)}`);

export const csvOf = (rows: readonly CsvRow[]): string => rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  // A spreadsheet would run what begins like a formula: a customer or colleague chose that name.
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
