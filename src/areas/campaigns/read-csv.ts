import type { NewRecipient, Variables } from "../../domain/campaign";
import type { ImportSource, RefusedLine } from "../../domain/object-apis";
import { ImportFault, type ImportPart, type ImportPosition } from "../../domain/services";
import { csvRecordAt, unneutralized } from "../../kit/csv";
import { normalAddress } from "../../domain/addresses";
import { faultOfVariables } from "./variables";

/** More than a record may have, so that each part has one. */
const PART_BYTES = 256 * 1024;
const RECORDS_AT_ONCE = 5000;
const MAX_SHOWN_CHARS = 100;

type CsvSource = ImportSource & { kind: "csv" };

/** Reads the records of a file, which is UTF-8, from a position on. */
export async function readCsv(bucket: R2Bucket, source: CsvSource, { at, line }: ImportPosition): Promise<ImportPart> {
  const length = Math.min(PART_BYTES, source.sizeBytes - at);
  if (length <= 0) return { recipients: [], refused: [], processed: 0 };
  const file = await bucket.get(source.r2Key, { range: { offset: at, length } });
  if (!file) throw new ImportFault("the file was deleted");
  // A character that the part's end cuts is behind the last whole record, so it is read again.
  const text = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(await file.arrayBuffer());
  const isLast = at + length >= source.sizeBytes;
  const part: ImportPart & { recipients: NewRecipient[]; refused: RefusedLine[] } = {
    recipients: [],
    refused: [],
    processed: 0,
  };
  let [index, lines] = [0, line];
  while (index < text.length && part.processed < RECORDS_AT_ONCE) {
    const record = csvRecordAt(text, index, source.layout.separator);
    if (!isLast && (record.isCut || record.end >= text.length)) break;
    const isBlank = record.fault === undefined && record.fields.every((field) => field.trim() === "");
    if (!isBlank) {
      part.processed++;
      const found =
        record.fault === undefined ? recipientOf(source, record.fields) : { value: "", reason: record.fault };
      if ("reason" in found)
        part.refused.push({
          line: lines,
          value: found.value.slice(0, MAX_SHOWN_CHARS).toWellFormed(),
          reason: found.reason,
        });
      else part.recipients.push(found);
    }
    index = record.end;
    lines += record.lines;
  }
  if (isLast && index >= text.length) return part;
  if (index === 0) throw new ImportFault(`line ${line} is longer than 64 KB`);
  return { ...part, next: { at: at + Buffer.byteLength(text.slice(0, index)), line: lines } };
}

function recipientOf(
  { channel, country, layout: { addressColumn, names } }: CsvSource,
  fields: readonly string[],
): NewRecipient | { value: string; reason: string } {
  const value = unneutralized(fields[addressColumn] ?? "");
  if (fields.length > names.length)
    return { value, reason: `the line has ${fields.length} fields, and the first line ${names.length}` };
  const addressed = normalAddress(channel, value, country);
  if ("reason" in addressed) return { value, reason: addressed.reason };
  const variables: Variables = Object.fromEntries(
    names.flatMap((name, i) => {
      const field = unneutralized(fields[i] ?? "").trim();
      return name === "" || i === addressColumn || field === "" ? [] : [[name, field]];
    }),
  );
  const fault = faultOfVariables(variables);
  return fault === undefined ? { address: addressed.address, contactId: null, variables } : { value, reason: fault };
}
