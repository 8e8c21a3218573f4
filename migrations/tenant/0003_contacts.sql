-- Customers. 0005_search.sql keeps their full text, 0009_analytics.sql their number.
CREATE TABLE contacts (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  channel_source TEXT NOT NULL,
  phone_number TEXT,
  user_id TEXT,
  -- The name that the person has chosen on the channel.
  username TEXT,
  -- The key in R2 of the picture that the person has on the channel.
  picture TEXT,
  name TEXT,
  -- The source of the name: the channel's profile does not overwrite a name that an agent gave.
  name_source TEXT NOT NULL DEFAULT 'channel' CHECK (name_source IN ('channel', 'agent')),
  email TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  -- The tags as they are searched for, folded by src/domain/tag.ts.
  tag_keys TEXT NOT NULL DEFAULT '[]',
  -- The accounts on which the contact has a conversation.
  account_ids TEXT NOT NULL DEFAULT '[]',
  -- The contact that an agent has found to be the same person. The row stays, since its id is derived from the channel's
  -- name of the person; no list shows it.
  merged_into TEXT,
  -- Since when the person takes no marketing messages; NULL: takes them, or was never asked.
  marketing_opted_out_at INTEGER,
  -- The last to decide ('customer', 'channel', 'agent'), and when: an older decision that arrives later changes nothing.
  marketing_source TEXT,
  marketing_decided_at INTEGER,
  -- Since when mails to the person are refused, and why ('bounce', 'complaint', 'agent'); NULL: they are not. Decided as
  -- above.
  email_suppressed_at INTEGER,
  email_suppressed_reason TEXT,
  email_decided_at INTEGER,
  -- The organization as one word. It begins each search term, so a search never reads another tenant's terms.
  org_token TEXT NOT NULL,
  -- The words that find the contact, by the field they come from (src/areas/contacts/terms.ts):
  -- {"name": "siti rahayu", "phone_number": "6281… 281…"}.
  terms TEXT NOT NULL,
  -- The same words in one text, each after the organization's.
  words TEXT NOT NULL GENERATED ALWAYS AS (
    replace(
      coalesce(' ' || (terms ->> 'name'), '') || coalesce(' ' || (terms ->> 'phone_number'), '')
        || coalesce(' ' || (terms ->> 'user_id'), '') || coalesce(' ' || (terms ->> 'username'), '')
        || coalesce(' ' || (terms ->> 'email'), ''),
      ' ', ' ' || org_token)
  ) STORED,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_contacts_org_id_channel ON contacts (org_id, channel_source, updated_at DESC, id DESC)
  WHERE merged_into IS NULL;
CREATE INDEX idx_contacts_merged_into ON contacts (org_id, merged_into) WHERE merged_into IS NOT NULL;

-- Contacts whose data is being or has been erased. Their conversations' objects keep the time, so that redelivered
-- webhooks bring nothing back.
CREATE TABLE contact_erasures (
  org_id TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  requested_by TEXT,
  -- Newer data stays.
  requested_at INTEGER NOT NULL,
  -- JSON; found in the first pass, and emptied at the end.
  contact_ids TEXT NOT NULL DEFAULT '[]',
  conversation_ids TEXT NOT NULL DEFAULT '[]',
  -- JSON: numbers and email addresses by which campaigns may have them.
  addresses TEXT NOT NULL DEFAULT '[]',
  conversations INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  -- When the contacts went. What names them and is newer is of people who have come back.
  erased_at INTEGER,
  -- A second pass deletes rows that a projection was writing during the first.
  passes INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  -- NULL once all is gone.
  next_at INTEGER,
  finished_at INTEGER,
  PRIMARY KEY (org_id, contact_id)
) WITHOUT ROWID;
CREATE INDEX idx_contact_erasures_next_at ON contact_erasures (next_at, org_id) WHERE next_at IS NOT NULL;

-- Maps each name of a person on a channel to the thread; src/domain/identity.ts decides. Rows are added and never
-- changed. A user id has one row. A number has a row for each time from which on another thread holds it, or nobody ('').
CREATE TABLE contact_aliases (
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  alias TEXT NOT NULL,
  -- By the channel's clock; 0 for a user id.
  since INTEGER NOT NULL,
  thread_key TEXT NOT NULL,
  -- The user id beside which a number was named; '' if none was.
  user_id TEXT NOT NULL,
  PRIMARY KEY (org_id, channel, alias, since, thread_key, user_id)
) WITHOUT ROWID;

-- The conversation of each mail that was received or is named by one, by its Message-ID; among our own mails only those
-- that got their Message-ID from the provider, since ours names the conversation itself. `<address>\n<subject>` is the
-- conversation in which a person last used a subject. Only email has rows.
CREATE TABLE mail_names (
  org_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- Our message, if it is one.
  message_id TEXT,
  -- A hash of a received mail's words; NULL for a mail that was only named.
  fingerprint TEXT,
  at INTEGER NOT NULL,
  PRIMARY KEY (org_id, account_id, name)
) WITHOUT ROWID;
