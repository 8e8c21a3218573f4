-- A search of one conversation: which it is, is a word too, so that FTS5 steps over what others wrote. Code of before searches body as it did.
DROP TRIGGER texts_insert;
DROP TRIGGER texts_update;
DROP TRIGGER texts_delete;
DROP TABLE texts_fts;

CREATE VIEW text_search_rows AS SELECT t.rowid AS place, t.body, 'c' || replace(t.conversation_id, '-', '') AS conversation FROM texts t;
CREATE VIRTUAL TABLE texts_fts USING fts5 (body, conversation, content = 'text_search_rows', content_rowid = 'place', tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER texts_insert AFTER INSERT ON texts BEGIN
  INSERT INTO texts_fts (rowid, body, conversation) SELECT place, body, conversation FROM text_search_rows WHERE place = NEW.rowid;
END;
CREATE TRIGGER texts_out BEFORE UPDATE ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, body, conversation) SELECT 'delete', place, body, conversation FROM text_search_rows WHERE place = OLD.rowid;
END;
CREATE TRIGGER texts_in AFTER UPDATE ON texts BEGIN
  INSERT INTO texts_fts (rowid, body, conversation) SELECT place, body, conversation FROM text_search_rows WHERE place = NEW.rowid;
END;
CREATE TRIGGER texts_delete BEFORE DELETE ON texts BEGIN
  INSERT INTO texts_fts (texts_fts, rowid, body, conversation) SELECT 'delete', place, body, conversation FROM text_search_rows WHERE place = OLD.rowid;
END;
INSERT INTO texts_fts (texts_fts) VALUES ('rebuild');
