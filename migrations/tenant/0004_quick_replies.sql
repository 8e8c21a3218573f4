-- Ready answers of an organization. Lists go by rowid, which only grows: newest first, and a page reads what it shows.
CREATE TABLE quick_replies (
  rowid INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  -- One token, indexed: a search is confined to its tenant inside the index and not after it.
  org_token TEXT NOT NULL,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  -- Lower-cased; NULL where there is none, so that any number may have none.
  shortcut TEXT,
  category TEXT COLLATE NOCASE,
  created_by TEXT,
  -- By all agents together.
  use_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_quick_replies_org_id_shortcut ON quick_replies (org_id, shortcut);
CREATE INDEX idx_quick_replies_org_id ON quick_replies (org_id);
CREATE INDEX idx_quick_replies_org_id_category ON quick_replies (org_id, category);
-- An import finds by it what has no shortcut.
CREATE INDEX idx_quick_replies_org_id_title ON quick_replies (org_id, title) WHERE shortcut IS NULL;

CREATE VIRTUAL TABLE quick_replies_fts USING fts5 (org_token, title, content, shortcut, category, content = 'quick_replies', content_rowid = 'rowid', prefix = '2 3 4', tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER quick_replies_insert AFTER INSERT ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (rowid, org_token, title, content, shortcut, category) VALUES (NEW.rowid, NEW.org_token, NEW.title, NEW.content, NEW.shortcut, NEW.category);
END;
CREATE TRIGGER quick_replies_update AFTER UPDATE OF title, content, shortcut, category ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (quick_replies_fts, rowid, org_token, title, content, shortcut, category) VALUES ('delete', OLD.rowid, OLD.org_token, OLD.title, OLD.content, OLD.shortcut, OLD.category);
  INSERT INTO quick_replies_fts (rowid, org_token, title, content, shortcut, category) VALUES (NEW.rowid, NEW.org_token, NEW.title, NEW.content, NEW.shortcut, NEW.category);
END;
CREATE TRIGGER quick_replies_delete AFTER DELETE ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (quick_replies_fts, rowid, org_token, title, content, shortcut, category) VALUES ('delete', OLD.rowid, OLD.org_token, OLD.title, OLD.content, OLD.shortcut, OLD.category);
END;

-- What a reply is to one agent. `reply` is its rowid, which is never given out twice.
CREATE TABLE quick_reply_agents (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  reply INTEGER NOT NULL,
  use_count INTEGER NOT NULL DEFAULT 0,
  last_used_at INTEGER,
  is_favorite INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, agent_id, reply)
) WITHOUT ROWID;
CREATE INDEX idx_quick_reply_agents_org_id_reply ON quick_reply_agents (org_id, reply);
CREATE INDEX idx_quick_reply_agents_favorites ON quick_reply_agents (org_id, agent_id, reply) WHERE is_favorite = 1;

-- A right that came after the organizations which exist already.
UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'notes.moderate')
WHERE is_system = 1 AND name IN ('admin', 'supervisor') AND NOT EXISTS (SELECT 1 FROM json_each(permissions) WHERE value = 'notes.moderate');
