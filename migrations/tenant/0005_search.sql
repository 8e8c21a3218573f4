-- Full text of messages, contacts and conversations (docs/adr/0007). For each index a view gives the rows that it
-- contains, which FTS5's 'integrity-check' compares with it; triggers keep the two equal. The code folds and separates
-- words of all scripts (src/kit/full-text.ts), so the tokenizer is the one that leaves everything beyond ASCII as it is.

-- The searchable text of messages. rowid = 15 bits of the organization's number | 30 of seconds since 2020 | 18 of the
-- message's own (src/areas/messages/text-rowid.ts): an organization is one range of rowids, and FTS5 returns its
-- newest messages first without sorting.
CREATE TABLE texts (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  -- The terms by which the index has the text (src/kit/full-text.ts). NULL if the body is ASCII, which the tokenizer reads as well.
  terms TEXT,
  created_at INTEGER NOT NULL
);

-- The conversation is indexed as a word: FTS5 skips the other conversations in a search of one.
CREATE VIEW text_search_rows AS
SELECT t.rowid AS text_rowid, coalesce(t.terms, t.body) AS terms, 'c' || replace(t.conversation_id, '-', '') AS conversation FROM texts t;

CREATE VIRTUAL TABLE texts_fts USING fts5 (
  terms, conversation,
  content = 'text_search_rows', content_rowid = 'text_rowid', tokenize = 'ascii'
);

CREATE TRIGGER texts_insert AFTER INSERT ON texts BEGIN
  INSERT INTO texts_fts (rowid, terms, conversation)
  SELECT text_rowid, terms, conversation FROM text_search_rows WHERE text_rowid = NEW.rowid;
END;
CREATE TRIGGER texts_out BEFORE UPDATE ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, terms, conversation)
  SELECT 'delete', text_rowid, terms, conversation FROM text_search_rows WHERE text_rowid = OLD.rowid;
END;
CREATE TRIGGER texts_in AFTER UPDATE ON texts BEGIN
  INSERT INTO texts_fts (rowid, terms, conversation)
  SELECT text_rowid, terms, conversation FROM text_search_rows WHERE text_rowid = NEW.rowid;
END;
CREATE TRIGGER texts_delete BEFORE DELETE ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, terms, conversation)
  SELECT 'delete', text_rowid, terms, conversation FROM text_search_rows WHERE text_rowid = OLD.rowid;
END;

-- Contacts, and conversations by their contact's name and addresses, in the order of their lists: a page of a search is
-- read like a page of the list, however much matches. rowid = 40 bits of milliseconds around 2039 (2022 to 2057) | 24
-- of the row's own rowid (src/kit/full-text.ts).
-- Each of a contact's words begins with the organization's token, so a search never reads another tenant's. Words that
-- begin with _ are a row's state, so each filter is one more word: channel, account, status, unread, assignee, division, SLA, the
-- window if the conversation is not resolved, and each tag: the organization's token and the tag in hexadecimal, so that
-- a list of several tags is read from here too. The elements of the JSON are separated by "," which is 222C22: a
-- quote or a backslash in an element is another character before.

CREATE VIEW contact_search_rows AS
SELECT ((k.updated_at - 2199023255552) << 24) | k.rowid AS list_rowid, k.id,
  k.words || ' _c' || k.channel_source
    || iif(k.account_ids = '[]', '',
      ' _k' || replace(replace(substr(k.account_ids, 3, length(k.account_ids) - 4), '","', ' _k'), '-', ''))
    || iif(k.tag_keys = '[]', '', ' _t' || k.org_token
      || replace(hex(replace(replace(substr(k.tag_keys, 3, length(k.tag_keys) - 4), '\\', char(2)), '\"', char(1))),
        '222C22', ' _t' || k.org_token)) AS terms
FROM contacts k WHERE k.merged_into IS NULL;

CREATE VIEW conversation_search_rows AS
SELECT ((c.updated_at - 2199023255552) << 24) | c.rowid AS list_rowid, c.id, c.org_id, c.contact_id,
  k.words || ' _s' || c.status || ' _c' || c.channel || ' _k' || replace(c.account_id, '-', '') || ' _u' || (c.unread_count > 0)
    || ' _a' || replace(c.assigned_agent_id, '-', '') || ' _d' || replace(c.division_id, '-', '')
    || iif(c.status = 'resolved', '', ' _w' || c.window_status) || ' _l' || c.sla_status
    || iif(c.tag_keys = '[]', '', ' _t' || k.org_token
      || replace(hex(replace(replace(substr(c.tag_keys, 3, length(c.tag_keys) - 4), '\\', char(2)), '\"', char(1))),
        '222C22', ' _t' || k.org_token)) AS terms
FROM conversations c JOIN contacts k ON k.id = c.contact_id;

-- A token is 33 characters long: these are prefixes of one to four characters of a word.
CREATE VIRTUAL TABLE contact_search USING fts5 (
  terms,
  content = 'contact_search_rows', content_rowid = 'list_rowid', prefix = '34 35 36 37',
  tokenize = "ascii tokenchars '_'"
);
CREATE VIRTUAL TABLE conversation_search USING fts5 (
  terms,
  content = 'conversation_search_rows', content_rowid = 'list_rowid', prefix = '34 35 36 37',
  tokenize = "ascii tokenchars '_'"
);

-- A conversation's row may be written before its contact's, and gets into the index with the contact.
CREATE TRIGGER contact_search_insert AFTER INSERT ON contacts BEGIN
  INSERT INTO contact_search (rowid, terms) SELECT list_rowid, terms FROM contact_search_rows WHERE id = NEW.id;
  INSERT INTO conversation_search (rowid, terms)
  SELECT list_rowid, terms FROM conversation_search_rows WHERE org_id = NEW.org_id AND contact_id = NEW.id;
END;
-- Rows leave the index by the old words before the contact changes, and enter it by the new ones.
CREATE TRIGGER contact_search_out BEFORE UPDATE OF terms, updated_at, tag_keys, account_ids, merged_into ON contacts
WHEN (OLD.terms, OLD.updated_at, OLD.tag_keys, OLD.account_ids, OLD.merged_into)
  IS NOT (NEW.terms, NEW.updated_at, NEW.tag_keys, NEW.account_ids, NEW.merged_into) BEGIN
  INSERT INTO contact_search (contact_search, rowid, terms)
  SELECT 'delete', list_rowid, terms FROM contact_search_rows WHERE id = OLD.id;
  INSERT INTO conversation_search (conversation_search, rowid, terms)
  SELECT 'delete', list_rowid, terms FROM conversation_search_rows WHERE org_id = OLD.org_id AND contact_id = OLD.id;
END;
CREATE TRIGGER contact_search_in AFTER UPDATE OF terms, updated_at, tag_keys, account_ids, merged_into ON contacts
WHEN (OLD.terms, OLD.updated_at, OLD.tag_keys, OLD.account_ids, OLD.merged_into)
  IS NOT (NEW.terms, NEW.updated_at, NEW.tag_keys, NEW.account_ids, NEW.merged_into) BEGIN
  INSERT INTO contact_search (rowid, terms) SELECT list_rowid, terms FROM contact_search_rows WHERE id = NEW.id;
  INSERT INTO conversation_search (rowid, terms)
  SELECT list_rowid, terms FROM conversation_search_rows WHERE org_id = NEW.org_id AND contact_id = NEW.id;
END;
CREATE TRIGGER contact_search_delete BEFORE DELETE ON contacts BEGIN
  INSERT INTO contact_search (contact_search, rowid, terms)
  SELECT 'delete', list_rowid, terms FROM contact_search_rows WHERE id = OLD.id;
  INSERT INTO conversation_search (conversation_search, rowid, terms)
  SELECT 'delete', list_rowid, terms FROM conversation_search_rows WHERE org_id = OLD.org_id AND contact_id = OLD.id;
END;

CREATE TRIGGER conversation_search_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO conversation_search (rowid, terms)
  SELECT list_rowid, terms FROM conversation_search_rows WHERE id = NEW.id;
END;
-- The same terms as in conversation_search_rows, built from OLD and NEW: this runs with each message, so it reads only
-- the contact. FTS5 takes the command NULL for an insert.
CREATE TRIGGER conversation_search_update AFTER UPDATE
OF updated_at, status, unread_count, assigned_agent_id, division_id, window_status, sla_status, tag_keys ON conversations
WHEN (OLD.updated_at, OLD.status, OLD.unread_count > 0, OLD.assigned_agent_id, OLD.division_id,
    OLD.window_status, OLD.sla_status, OLD.tag_keys)
  IS NOT (NEW.updated_at, NEW.status, NEW.unread_count > 0, NEW.assigned_agent_id, NEW.division_id,
    NEW.window_status, NEW.sla_status, NEW.tag_keys) BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, terms)
  SELECT c.command, ((c.updated_at - 2199023255552) << 24) | NEW.rowid,
    k.words || ' _s' || c.status || ' _c' || NEW.channel || ' _k' || replace(NEW.account_id, '-', '') || ' _u' || (c.unread_count > 0)
      || ' _a' || replace(c.assigned_agent_id, '-', '') || ' _d' || replace(c.division_id, '-', '')
      || iif(c.status = 'resolved', '', ' _w' || c.window_status) || ' _l' || c.sla_status
      || iif(c.tag_keys = '[]', '', ' _t' || k.org_token
        || replace(hex(replace(replace(substr(c.tag_keys, 3, length(c.tag_keys) - 4), '\\', char(2)), '\"', char(1))),
          '222C22', ' _t' || k.org_token))
  FROM (
    SELECT 'delete' AS command, OLD.updated_at AS updated_at, OLD.status AS status, OLD.unread_count AS unread_count,
      OLD.assigned_agent_id AS assigned_agent_id, OLD.division_id AS division_id, OLD.window_status AS window_status,
      OLD.sla_status AS sla_status, OLD.tag_keys AS tag_keys
    UNION ALL
    SELECT NULL, NEW.updated_at, NEW.status, NEW.unread_count,
      NEW.assigned_agent_id, NEW.division_id, NEW.window_status,
      NEW.sla_status, NEW.tag_keys
  ) c CROSS JOIN contacts k ON k.id = NEW.contact_id;
END;
CREATE TRIGGER conversation_search_delete BEFORE DELETE ON conversations BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, terms)
  SELECT 'delete', list_rowid, terms FROM conversation_search_rows WHERE id = OLD.id;
END;
