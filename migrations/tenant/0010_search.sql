-- Full text again, each organization in a range of rowids of its own: a search steps through what the organization wrote and nothing
-- else. rowid = 15 bits of the organization's number, 30 of seconds since 2020, 18 of the message's own (src/areas/conversations/text-place.ts).
ALTER TABLE orgs ADD COLUMN number INTEGER CHECK (number BETWEEN 1 AND 32767);
UPDATE orgs SET number = (SELECT count(*) FROM orgs o WHERE o.org_id <= orgs.org_id);
CREATE UNIQUE INDEX idx_orgs_number ON orgs (number);
CREATE TRIGGER orgs_number AFTER INSERT ON orgs BEGIN
  UPDATE orgs SET number = (SELECT coalesce(max(number), 0) + 1 FROM orgs) WHERE org_id = NEW.org_id;
END;

CREATE TABLE texts (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_texts_id ON texts (org_id, id);
CREATE VIRTUAL TABLE texts_fts USING fts5 (body, content = 'texts', content_rowid = 'rowid', tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER texts_insert AFTER INSERT ON texts BEGIN
  INSERT INTO texts_fts (rowid, body) VALUES (NEW.rowid, NEW.body);
END;
CREATE TRIGGER texts_update AFTER UPDATE OF body ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, body) VALUES ('delete', OLD.rowid, OLD.body);
  INSERT INTO texts_fts (rowid, body) VALUES (NEW.rowid, NEW.body);
END;
CREATE TRIGGER texts_delete AFTER DELETE ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, body) VALUES ('delete', OLD.rowid, OLD.body);
END;

-- What the code before this wrote, and still writes while it is replaced. message_texts goes in a later migration.
CREATE TRIGGER message_texts_moved AFTER INSERT ON message_texts BEGIN
  INSERT OR IGNORE INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
  SELECT (o.number << 48) | (((NEW.rowid >> 32) & 0x3fffffff) << 18) | (NEW.rowid & 0x3ffff), NEW.id, NEW.org_id, NEW.conversation_id, NEW.direction, NEW.type, NEW.body, NEW.created_at
  FROM orgs o WHERE o.org_id = NEW.org_id;
END;
INSERT OR IGNORE INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at)
SELECT (o.number << 48) | (((m.rowid >> 32) & 0x3fffffff) << 18) | (m.rowid & 0x3ffff), m.id, m.org_id, m.conversation_id, m.direction, m.type, m.body, m.created_at
FROM message_texts m JOIN orgs o ON o.org_id = m.org_id ORDER BY 1;
