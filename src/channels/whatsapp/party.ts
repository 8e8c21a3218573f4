import type { Party } from "../channel";
import { nameOfAddress } from "../../kit/phone-number";
import type { ContactPayload } from "./payload";

/** The identities in a message or status itself; the delivery's `contacts` add further ones. */
export interface StatedIdentity {
  address?: string | undefined;
  userId?: string | undefined;
  parentUserId?: string | undefined;
}

/** Converts a WhatsApp id to E.164; `undefined` if it is no phone number. */
export function phoneOf(waId: string | undefined): string | undefined {
  return waId !== undefined && /^\+?\d{1,20}$/.test(waId) ? `+${waId.replace("+", "")}` : undefined;
}

/** The business's own number as a delivery has it. */
export type OwnNumber = string | undefined;

/** Whether an id is this number, however the two are written. */
export function isNumber(waId: string | undefined, number: OwnNumber): boolean {
  const [one, other] = [waId, number].map((each) => phoneOf(each?.replaceAll(/[\s()-]/g, "")));
  return one !== undefined && other !== undefined && nameOfAddress(one) === nameOfAddress(other);
}

/**
 * The person of a message or status. WhatsApp identifies a person by phone, by business-scoped user id, or by both. An
 * id that is no phone number is used as a user id, so that an unknown kind of id loses no message. `undefined` if there
 * is no identity.
 */
export function partyOf(stated: StatedIdentity, contacts: readonly ContactPayload[]): Party | undefined {
  const matched = contacts.find((contact) => isSame(contact, stated));
  const only = contacts.length === 1 ? contacts[0] : undefined;
  // A contact that does not match may be another person: it counts only if the message has no identity itself.
  const namesNobody = stated.address === undefined && stated.userId === undefined && stated.parentUserId === undefined;
  const known = matched ?? (namesNobody ? only : undefined);

  const address = phoneOf(stated.address) ?? phoneOf(known?.wa_id);
  const notPhones = [stated.address, known?.wa_id].filter((id) => id !== undefined && phoneOf(id) === undefined);
  const userId = stated.userId ?? known?.user_id ?? (address === undefined ? notPhones[0] : undefined);
  const parentUserId = stated.parentUserId ?? known?.parent_user_id;
  if (address === undefined && userId === undefined && parentUserId === undefined) return undefined;

  const party: Party = {};
  if (address !== undefined) party.address = address;
  if (userId !== undefined) party.userId = userId;
  if (parentUserId !== undefined) party.parentUserId = parentUserId;
  const profile = (matched ?? only)?.profile;
  if (profile?.name !== undefined) party.name = profile.name;
  if (profile?.username !== undefined) party.username = profile.username;
  return party;
}

function isSame(contact: ContactPayload, stated: StatedIdentity): boolean {
  if (stated.userId !== undefined && contact.user_id === stated.userId) return true;
  if (stated.address === undefined || contact.wa_id === undefined) return false;
  const [one, other] = [phoneOf(stated.address), phoneOf(contact.wa_id)];
  return one === undefined || other === undefined
    ? contact.wa_id === stated.address
    : nameOfAddress(one) === nameOfAddress(other);
}
