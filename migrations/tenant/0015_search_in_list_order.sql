-- Contacts and conversations by their customer's name or address, as full text that stands in the order of the list: a page of a search is
-- read like a page of the list, however much is found. rowid = 40 bits of milliseconds around 2039 (2022 to 2057) | 24 of the row's own rowid
-- (src/kit/full-text.ts). What a search finds is put in its order by FTS5, and its row is found without an index.
-- Every word begins with the organization's token, so a search sees no other's. Words that begin with _ say in which state a row is: a
-- filter is a word more; of the window only where it counts, in what is not resolved. Tags are there in their own words.
-- The views say what stands in the index, and so what FTS5's 'rebuild' and 'integrity-check' go by; the triggers below keep it.

-- What a contact is found by, by what it is of: {"name": "siti rahayu", "phone_number": "6281… 281…"}. NULL: written by code of before, which
-- knows search_terms alone. That column, org_token and contacts_fts go in a later migration.
ALTER TABLE contacts ADD COLUMN terms TEXT;

-- Code of before parted search_terms at spaces, and FTS5 the rest. As FTS5 parted it:
CREATE VIRTUAL TABLE contact_words USING fts5vocab ('contacts_fts', 'instance');
UPDATE contacts SET search_terms = w.words
FROM (SELECT doc, group_concat(term, ' ') AS words FROM contact_words WHERE col = 'search_terms' GROUP BY doc) w
WHERE contacts.rowid = w.doc AND contacts.search_terms GLOB '*[^0-9A-Za-z ]*';
DROP TABLE contact_words;

-- A contact's words, each behind the organization's token, where a conversation that changes finds them by one row.
CREATE TABLE contact_words (id TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW contact_terms AS
SELECT k.id,
  replace(
    iif(k.terms IS NULL, ' ' || k.search_terms,
      coalesce(' ' || (k.terms ->> 'name'), '') || coalesce(' ' || (k.terms ->> 'phone_number'), '') || coalesce(' ' || (k.terms ->> 'user_id'), '')
      || coalesce(' ' || (k.terms ->> 'username'), '') || coalesce(' ' || (k.terms ->> 'email'), '') || coalesce(' ' || (k.terms ->> 'before'), '')),
    ' ', ' ' || k.org_token) AS words
FROM contacts k;
INSERT INTO contact_words SELECT id, words FROM contact_terms;

CREATE VIEW contact_search_rows AS
SELECT ((k.updated_at - 2199023255552) << 24) | k.rowid AS place, k.id, w.words || ' _c' || k.channel_source AS terms
FROM contacts k JOIN contact_words w ON w.id = k.id;

CREATE VIEW conversation_search_rows AS
SELECT ((c.updated_at - 2199023255552) << 24) | c.rowid AS place, c.id, c.org_id, c.contact_id,
  w.words || ' _s' || c.status || ' _c' || c.channel || ' _u' || (c.unread_count > 0) || ' _a' || replace(c.assigned_agent_id, '-', '') || ' _d' || replace(c.division_id, '-', '')
  || iif(c.status = 'resolved', '', ' _w' || c.window_status) || ' _l' || c.sla_status || ' ' || coalesce(c.tag_keys, c.tags) AS terms
FROM conversations c JOIN contact_words w ON w.id = c.contact_id;

-- A token is 33 characters long: beginnings of words of one to four.
CREATE VIRTUAL TABLE contact_search USING fts5 (terms, content = 'contact_search_rows', content_rowid = 'place', prefix = '34 35 36 37', tokenize = "unicode61 remove_diacritics 2 tokenchars '_'");
CREATE VIRTUAL TABLE conversation_search USING fts5 (terms, content = 'conversation_search_rows', content_rowid = 'place', prefix = '34 35 36 37', tokenize = "unicode61 remove_diacritics 2 tokenchars '_'");

CREATE TRIGGER contact_search_insert AFTER INSERT ON contacts BEGIN
  INSERT INTO contact_words SELECT id, words FROM contact_terms WHERE id = NEW.id;
  INSERT INTO contact_search (rowid, terms) SELECT place, terms FROM contact_search_rows WHERE id = NEW.id;
  INSERT INTO conversation_search (rowid, terms) SELECT place, terms FROM conversation_search_rows WHERE org_id = NEW.org_id AND contact_id = NEW.id;
END;
-- Out by the old words, and in by the new ones.
CREATE TRIGGER contact_search_update AFTER UPDATE ON contacts WHEN (OLD.terms, OLD.search_terms, OLD.updated_at) IS NOT (NEW.terms, NEW.search_terms, NEW.updated_at) BEGIN
  INSERT INTO contact_search (contact_search, rowid, terms)
  SELECT 'delete', ((OLD.updated_at - 2199023255552) << 24) | OLD.rowid, words || ' _c' || OLD.channel_source FROM contact_words WHERE id = OLD.id;
  INSERT INTO conversation_search (conversation_search, rowid, terms) SELECT 'delete', place, terms FROM conversation_search_rows WHERE org_id = OLD.org_id AND contact_id = OLD.id;
  UPDATE contact_words SET words = (SELECT words FROM contact_terms WHERE id = NEW.id) WHERE id = NEW.id;
  INSERT INTO contact_search (rowid, terms) SELECT place, terms FROM contact_search_rows WHERE id = NEW.id;
  INSERT INTO conversation_search (rowid, terms) SELECT place, terms FROM conversation_search_rows WHERE org_id = NEW.org_id AND contact_id = NEW.id;
END;
CREATE TRIGGER contact_search_delete BEFORE DELETE ON contacts BEGIN
  INSERT INTO contact_search (contact_search, rowid, terms) SELECT 'delete', place, terms FROM contact_search_rows WHERE id = OLD.id;
  INSERT INTO conversation_search (conversation_search, rowid, terms) SELECT 'delete', place, terms FROM conversation_search_rows WHERE org_id = OLD.org_id AND contact_id = OLD.id;
  DELETE FROM contact_words WHERE id = OLD.id;
END;

CREATE TRIGGER conversation_search_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO conversation_search (rowid, terms) SELECT place, terms FROM conversation_search_rows WHERE id = NEW.id;
END;
-- As the view has it, from the rows at hand: this is written with each message, and reads the contact's words and nothing else. FTS5 takes
-- NULL for no command. Ticks and previews change nothing here.
CREATE TRIGGER conversation_search_update AFTER UPDATE ON conversations
WHEN (OLD.updated_at, OLD.status, OLD.unread_count > 0, OLD.assigned_agent_id, OLD.division_id, OLD.window_status, OLD.sla_status, OLD.tag_keys, OLD.tags)
  IS NOT (NEW.updated_at, NEW.status, NEW.unread_count > 0, NEW.assigned_agent_id, NEW.division_id, NEW.window_status, NEW.sla_status, NEW.tag_keys, NEW.tags) BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, terms)
  SELECT c.command, ((c.updated_at - 2199023255552) << 24) | NEW.rowid,
    w.words || ' _s' || c.status || ' _c' || NEW.channel || ' _u' || (c.unread_count > 0) || ' _a' || replace(c.assigned_agent_id, '-', '') || ' _d' || replace(c.division_id, '-', '')
    || iif(c.status = 'resolved', '', ' _w' || c.window_status) || ' _l' || c.sla_status || ' ' || c.tags
  FROM (
    SELECT 'delete' AS command, OLD.updated_at AS updated_at, OLD.status AS status, OLD.unread_count AS unread_count, OLD.assigned_agent_id AS assigned_agent_id, OLD.division_id AS division_id,
      OLD.window_status AS window_status, OLD.sla_status AS sla_status, coalesce(OLD.tag_keys, OLD.tags) AS tags
    UNION ALL
    SELECT NULL, NEW.updated_at, NEW.status, NEW.unread_count, NEW.assigned_agent_id, NEW.division_id, NEW.window_status, NEW.sla_status, coalesce(NEW.tag_keys, NEW.tags)
  ) c CROSS JOIN contact_words w ON w.id = NEW.contact_id;
END;
CREATE TRIGGER conversation_search_delete BEFORE DELETE ON conversations BEGIN
  INSERT INTO conversation_search (conversation_search, rowid, terms) SELECT 'delete', place, terms FROM conversation_search_rows WHERE id = OLD.id;
END;

INSERT INTO contact_search (contact_search) VALUES ('rebuild');
INSERT INTO conversation_search (conversation_search) VALUES ('rebuild');
