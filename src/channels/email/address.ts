import { headerText } from "./encoded-words";

/** Addresses of mails. Pure. */

/** A plain address, as it may stand in a header: without quotes, comments and line breaks. */
export const ADDRESS = /^[^\s"(),:;<>@[\\\]\p{Cc}]{1,64}@[^\s"(),:;<>@[\\\]\p{Cc}]{1,253}$/u;

export interface MailAddress {
  address: string;
  name?: string;
}

/** Mail programs do not distinguish case, and neither does a person's identity here. */
export const foldAddress = (address: string): string => address.trim().toLowerCase();

/** An address of ours with a token: `support+token@…`. Undefined where there is none. */
export function splitToken(address: string): { address: string; token?: string } {
  const [, local, token, domain] = /^([^+@]+)\+([^@]*)(@.+)$/.exec(foldAddress(address)) ?? [];
  return local === undefined ? { address: foldAddress(address) } : { address: local + domain!, token: token! };
}

export const withToken = (address: string, token: string): string => address.replace("@", `+${token}@`);

export const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1);

/** An address with its name, as it stands in a header. The name is quoted, and encoded if it is not ASCII. */
export function headerAddress({ address, name }: MailAddress): string {
  if (!name) return address;
  const clean = name.slice(0, 200).replaceAll(/["\\<>\p{Cc}]/gu, " ");
  const text = headerText(clean).trim();
  return text === clean.trim() ? `"${text}" <${address}>` : `${text} <${address}>`;
}
