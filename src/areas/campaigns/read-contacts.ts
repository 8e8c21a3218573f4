import { adapterOf } from "../../channels/registry";
import type { Channel } from "../../channels/channel";
import type { NewRecipient } from "../../domain/campaign";
import type { ImportSource, RefusedLine } from "../../domain/object-apis";
import type { ImportPart, ImportPosition } from "../../domain/services";
import { tagKey } from "../../domain/tag";
import type { TenantDatabase } from "../../kit/database";
import { nameOfAddress } from "../../kit/phone-number";
import { normalAddress } from "../../domain/addresses";

const CONTACTS_AT_ONCE = 5000;

interface TaggedRow {
  id: string;
  phone_number: string | null;
  email: string | null;
  tags: string;
  updated_at: number;
}

type ContactSource = ImportSource & { kind: "contacts" };

/**
 * Reads the contacts with one of the tags, from a position on. In the order of their last change: one that changes
 * meanwhile moves to the end and is read again, so none is left out.
 */
export async function readContacts(
  db: TenantDatabase,
  { channel, tags }: ContactSource,
  { at, line, contactId = "" }: ImportPosition,
): Promise<ImportPart> {
  const rows = await db.query<TaggedRow>(
    `SELECT k.id, k.phone_number, k.email, k.tags, k.updated_at FROM contacts k INDEXED BY idx_contacts_org_id_channel
     WHERE k.org_id = ?1 AND k.channel_source = ?2 AND k.merged_into IS NULL AND (k.updated_at, k.id) > (?3, ?4) ORDER BY k.updated_at, k.id LIMIT ?5`,
    channel,
    at,
    contactId,
    CONTACTS_AT_ONCE,
  );
  const wanted = new Set(tags.map(tagKey));
  const matching = rows.filter(({ tags: own }) => (JSON.parse(own) as string[]).some((tag) => wanted.has(tagKey(tag))));
  const recipients: NewRecipient[] = [];
  const refused: RefusedLine[] = [];
  for (const [i, row] of matching.entries()) {
    const found = recipientOfContact(channel, row);
    if ("reason" in found) refused.push({ line: line + i, value: row.id, reason: found.reason });
    else recipients.push(found);
  }
  const last = rows.at(-1);
  return {
    recipients,
    refused,
    processed: matching.length,
    ...(last &&
      rows.length === CONTACTS_AT_ONCE && {
        next: { at: last.updated_at, line: line + matching.length, contactId: last.id },
      }),
  };
}

export function recipientOfContact(
  channel: Channel,
  contact: { id: string; phone_number: string | null; email: string | null },
): NewRecipient | { reason: string } {
  const isMail = adapterOf(channel)?.capabilities.address === "email";
  if (!isMail) {
    // The channel's own number of the person is right, also where the library knows no such number.
    return contact.phone_number === null
      ? { reason: "the contact has no phone number" }
      : { address: nameOfAddress(contact.phone_number), contactId: contact.id, variables: {} };
  }
  if (contact.email === null) return { reason: "the contact has no email address" };
  const addressed = normalAddress(channel, contact.email, null);
  return "reason" in addressed
    ? { reason: `the contact's address ${addressed.reason}` }
    : { address: addressed.address, contactId: contact.id, variables: {} };
}
