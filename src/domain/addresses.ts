import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { Channel } from "../channels/channel";
import { adapterOf } from "../channels/registry";
import { nameOfAddress } from "../kit/phone-number";

/** Addresses of recipients, as people and spreadsheets write them. Pure. */

export type Addressed = { address: string } | { reason: string };

const MAIL = /^[^\s"(),:;<>@[\\\]\p{Cc}]{1,64}@[^\s"(),:;<>@[\\\]\p{Cc}]{1,190}\.[^\s"(),:;<>@[\\\]\p{Cc}.]{2,63}$/u;
/** Spreadsheets show long numbers so, and save them so. */
const SCIENTIFIC = /^\d+([.,]\d+)?e\+?\d+$/i;

/** The address in its one form, E.164 or an email address in lower case, or why it is none. */
export function normalAddress(channel: Channel, written: string, country: string | null): Addressed {
  // Numbers that are copied from an address book have invisible characters around them.
  const text = written.replaceAll(/\p{Cf}/gu, "").trim();
  if (text === "") return { reason: "is empty" };
  if (text.length > 320) return { reason: "is too long for an address" };
  return adapterOf(channel)?.capabilities.address === "email" ? mailAddress(text) : phoneNumber(text, country);
}

function mailAddress(text: string): Addressed {
  const address = text.toLowerCase();
  return MAIL.test(address) ? { address } : { reason: "is no email address" };
}

function phoneNumber(text: string, country: string | null): Addressed {
  if (SCIENTIFIC.test(text))
    return { reason: "was shortened by a spreadsheet: give the column the format of text, and enter the number again" };
  if (text.length > 40 || !/\d{3}/.test(text.replaceAll(/[\s().\-/]/g, ""))) return { reason: "is no phone number" };
  // In its country's form, else with the country code but without its plus.
  for (const form of /^[+0]/.test(text) ? [text] : [text, `+${text}`]) {
    const read = parsed(form, country);
    const address = read && nameOfAddress(read.number);
    // The library does not know the form that WhatsApp once had for Mexico's numbers.
    if (address !== undefined && (read!.isValid() || parsed(address, null)?.isValid() === true)) return { address };
  }
  return {
    reason:
      country === null && !text.startsWith("+")
        ? "is no phone number with its country code"
        : "is no phone number that exists",
  };
}

const parsed = (text: string, country: string | null) =>
  parsePhoneNumberFromString(text, {
    ...(country !== null && { defaultCountry: country as CountryCode }),
    extract: false,
  });
