import { ROWS, type TenantDatabase } from "../../kit/database";
import { orgToken } from "../../kit/id";
import { notStale } from "../conversations/stale";
import { searchTerms } from "./terms";

/** What a conversation's row knows of its contact. */
export interface KnownContact {
  id: string;
  contact_id: string;
  channel: string;
  thread_key: string;
  contact_name: string | null;
  contact_phone: string | null;
  contact_user_id: string | null;
  contact_username: string | null;
  version: number;
  created_at: number;
  updated_at: number;
}

// What is known anew is merged into the terms: what another of its conversations knows and this one does not stays, and so do the name
// and the email address that a person wrote down.
const CONTACTS = `
INSERT INTO contacts (id, org_id, channel_source, phone_number, user_id, username, name, org_token, terms, created_at, updated_at)
SELECT r.value ->> 'contact_id', ?1, r.value ->> 'channel', r.value ->> 'contact_phone', r.value ->> 'contact_user_id', r.value ->> 'contact_username', r.value ->> 'contact_name', ?3,
  r.value -> 'terms', r.value ->> 'created_at', r.value ->> 'updated_at'
FROM ${ROWS} WHERE ${notStale("id")}
ON CONFLICT (id) DO UPDATE SET
  phone_number = coalesce(excluded.phone_number, phone_number),
  user_id = coalesce(excluded.user_id, user_id),
  username = coalesce(excluded.username, username),
  name = iif(name_source = 'agent', name, coalesce(excluded.name, name)),
  terms = json_patch(coalesce(terms, json_object('before', search_terms)), iif(name_source = 'agent', json_remove(excluded.terms, '$.name'), excluded.terms)),
  updated_at = max(updated_at, excluded.updated_at)
WHERE excluded.phone_number <> coalesce(phone_number, '') OR excluded.user_id <> coalesce(user_id, '') OR excluded.username <> coalesce(username, '')
  OR (name_source = 'channel' AND excluded.name <> coalesce(name, ''))`;

const ALIASES = `
INSERT OR IGNORE INTO contact_aliases (org_id, channel, alias, thread_key)
SELECT ?1, r.value ->> 'channel', r.value ->> 'contact_user_id', r.value ->> 'thread_key' FROM ${ROWS} WHERE r.value ->> 'contact_user_id' IS NOT NULL
UNION ALL
SELECT ?1, r.value ->> 'channel', r.value ->> 'contact_phone', r.value ->> 'thread_key' FROM ${ROWS} WHERE r.value ->> 'contact_phone' IS NOT NULL AND r.value ->> 'contact_phone' <> r.value ->> 'thread_key'`;

/**
 * The statements that write the contacts of conversations, to be written before the conversations, in the same batch: two at most,
 * whatever their number. Idempotent.
 */
export function contactStatements(db: TenantDatabase, conversations: readonly KnownContact[]): D1PreparedStatement[] {
  const rows = conversations.map((c) => ({
    ...c,
    terms: searchTerms({
      name: c.contact_name,
      phone_number: c.contact_phone,
      user_id: c.contact_user_id,
      username: c.contact_username,
    }),
  }));
  const named = conversations.filter(
    (c) => c.contact_user_id !== null || (c.contact_phone !== null && c.contact_phone !== c.thread_key),
  );
  return [
    db.sql(CONTACTS, JSON.stringify(rows), orgToken(db.orgId)),
    ...(named.length === 0 ? [] : [db.sql(ALIASES, JSON.stringify(named))]),
  ];
}
