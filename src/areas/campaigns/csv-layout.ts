import { adapterOf } from "../../channels/registry";
import type { Channel } from "../../channels/channel";
import type { CsvLayout } from "../../domain/object-apis";
import { csvRecordAt } from "../../kit/csv";
import { normalAddress } from "../../domain/addresses";
import { campaignFileUnreadable } from "./problems";
import { MAX_NAME_CHARS, MAX_VARIABLES } from "./variables";

/** Usual names for the column of the address, without case, blanks and punctuation. */
const NAMES = {
  phone: new Set(
    "phone phonenumber phoneno mobile mobilenumber mobilephone cell cellphone number msisdn whatsapp whatsappnumber wa tel telephone telepon nomor nomortelepon nomorhp nohp hp telefono celular numero telefone telefon handy".split(
      " ",
    ),
  ),
  email: new Set("email emailaddress mail mailaddress correo correoelectronico surel alamatemail".split(" ")),
};
const SEPARATORS = [",", ";", "\t", "|"] as const;

const plain = (name: string): string =>
  name
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

/**
 * Finds the separator and the columns in the beginning of a file. A file without a header begins with an address; its
 * other columns are the variables 1, 2 and so on. Throws `campaign_file_unreadable`.
 */
export function layoutOf(beginning: string, channel: Channel, country: string | null): CsvLayout {
  const named = /^sep=([,;\t|])(\r\n|\r|\n)/i.exec(beginning);
  const kind = adapterOf(channel)?.capabilities.address === "email" ? "email" : "phone";
  for (const separator of named ? [named[1]!] : SEPARATORS) {
    let [at, line] = [named?.[0].length ?? 0, named ? 2 : 1];
    let record = csvRecordAt(beginning, at, separator);
    while (record.fault === undefined && record.fields.every((field) => field.trim() === "")) {
      at = record.end;
      line += record.lines;
      if (at >= beginning.length) throw campaignFileUnreadable("the file is empty");
      record = csvRecordAt(beginning, at, separator);
    }
    const fields = record.fields.map((field) => field.trim());
    const addressColumn = fields.findIndex((field) => NAMES[kind].has(plain(field)));
    if (addressColumn >= 0)
      return {
        separator,
        addressColumn,
        names: checked(fields, addressColumn),
        at: Buffer.byteLength(beginning.slice(0, record.end)),
        line: line + record.lines,
      };
    if ("address" in normalAddress(channel, fields[0] ?? "", country))
      return {
        separator,
        addressColumn: 0,
        names: checked(
          fields.map((_, i) => (i === 0 ? kind : String(i))),
          0,
        ),
        at: Buffer.byteLength(beginning.slice(0, at)),
        line,
      };
  }
  throw campaignFileUnreadable(`the first line must name the columns, one of them ${kind}`);
}

function checked(names: string[], addressColumn: number): string[] {
  if (names.length - 1 > MAX_VARIABLES) throw campaignFileUnreadable(`more than ${MAX_VARIABLES} columns of variables`);
  for (const [i, name] of names.entries()) {
    if (name.length > MAX_NAME_CHARS)
      throw campaignFileUnreadable(`the name of a column is longer than ${MAX_NAME_CHARS} characters`);
    if (name !== "" && i !== addressColumn && names.indexOf(name) !== i)
      throw campaignFileUnreadable(`the column ${name} appears more than once`);
  }
  return names;
}
