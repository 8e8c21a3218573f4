import type { Contact } from "../../api/api.gen";
import { shownAddress } from "../../kit/phone";

/** How the contact is called; undefined if nothing is known but an id. */
export const knownName = ({ name, username, phone_number: phone, email }: Contact): string | undefined =>
  name ?? username ?? (phone === null ? undefined : shownAddress(phone)) ?? email ?? undefined;

/** Where the contact writes from, for people. */
export const addressOf = ({
  channel_source: channel,
  phone_number: phone,
  email,
  username,
}: Contact): string | undefined =>
  (channel === "email" ? email : undefined) ??
  (phone === null ? undefined : shownAddress(phone)) ??
  (username === null ? undefined : `@${username}`) ??
  email ??
  undefined;
