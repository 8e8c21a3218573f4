-- Tools for preparing messages: quick replies, uploaded files, scheduled messages.

-- Lists go by rowid, which only grows: newest first, and a page reads only its own rows.
CREATE TABLE quick_replies (
  rowid INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  -- The organization as one word, which each search requires: FTS5 itself confines the search to the tenant.
  org_token TEXT NOT NULL,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  -- Lower case. NULL if there is none, so that any number of replies may have none.
  shortcut TEXT,
  category TEXT,
  -- The category as it is searched for, folded by src/domain/tag.ts: SQLite's NOCASE folds ASCII only.
  category_key TEXT,
  -- The terms by which the index has each field that is not ASCII (src/areas/quick-replies/terms.ts): {"title": "jose"}.
  terms TEXT NOT NULL DEFAULT '{}',
  created_by TEXT,
  -- By all agents together.
  use_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_quick_replies_org_id_shortcut ON quick_replies (org_id, shortcut);
CREATE INDEX idx_quick_replies_org_id ON quick_replies (org_id);
CREATE INDEX idx_quick_replies_org_id_category_key ON quick_replies (org_id, category_key);
-- For imports, which identify a reply without a shortcut by its title.
CREATE INDEX idx_quick_replies_org_id_title ON quick_replies (org_id, title) WHERE shortcut IS NULL;

CREATE VIEW quick_reply_search_rows AS
SELECT rowid AS reply, org_token, coalesce(terms ->> 'title', title) AS title,
  coalesce(terms ->> 'content', content) AS content, coalesce(terms ->> 'shortcut', shortcut) AS shortcut,
  coalesce(terms ->> 'category', category) AS category
FROM quick_replies;

CREATE VIRTUAL TABLE quick_replies_fts USING fts5 (
  org_token, title, content, shortcut, category,
  content = 'quick_reply_search_rows', content_rowid = 'reply', prefix = '2 3 4', tokenize = 'ascii'
);

CREATE TRIGGER quick_replies_insert AFTER INSERT ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (rowid, org_token, title, content, shortcut, category)
  SELECT reply, org_token, title, content, shortcut, category FROM quick_reply_search_rows WHERE reply = NEW.rowid;
END;
CREATE TRIGGER quick_replies_out BEFORE UPDATE OF title, content, shortcut, category, terms ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (quick_replies_fts, rowid, org_token, title, content, shortcut, category)
  SELECT 'delete', reply, org_token, title, content, shortcut, category FROM quick_reply_search_rows
  WHERE reply = OLD.rowid;
END;
CREATE TRIGGER quick_replies_in AFTER UPDATE OF title, content, shortcut, category, terms ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (rowid, org_token, title, content, shortcut, category)
  SELECT reply, org_token, title, content, shortcut, category FROM quick_reply_search_rows WHERE reply = NEW.rowid;
END;
CREATE TRIGGER quick_replies_delete BEFORE DELETE ON quick_replies BEGIN
  INSERT INTO quick_replies_fts (quick_replies_fts, rowid, org_token, title, content, shortcut, category)
  SELECT 'delete', reply, org_token, title, content, shortcut, category FROM quick_reply_search_rows
  WHERE reply = OLD.rowid;
END;

-- How each agent uses a reply. `reply` is its rowid, which is never given out twice.
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

-- Files that agents and programs upload. The row is written before the file, so that an interrupted upload is found
-- and dropped.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  r2_key TEXT NOT NULL,
  -- R2's id of a multipart upload that is not finished; needed to abort it.
  r2_upload_id TEXT,
  state TEXT NOT NULL DEFAULT 'uploading' CHECK (state IN ('uploading', 'stored')),
  is_public INTEGER NOT NULL,
  mime_type TEXT NOT NULL,
  file_name TEXT NOT NULL,
  file_size INTEGER,
  sha256 TEXT,
  uploaded_by TEXT,
  created_at INTEGER NOT NULL
);
-- For the sweep, which goes over all tenants.
CREATE INDEX idx_uploads_uploading ON uploads (created_at) WHERE state = 'uploading';

-- Messages to send later. The cron looks at a row when `next_at` has come; NULL once nothing more happens to it.
CREATE TABLE scheduled_messages (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- The agent who scheduled the message; NULL if no agent did.
  scheduled_by TEXT,
  actor_kind TEXT NOT NULL,
  -- The API key that scheduled the message; NULL if a session did.
  api_key_id TEXT,
  msg_type TEXT NOT NULL,
  content TEXT NOT NULL,
  scheduled_at INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'sent', 'failed', 'cancelled')),
  next_at INTEGER,
  -- When the row was first claimed for sending.
  claimed_at INTEGER,
  message_id TEXT,
  error_message TEXT,
  sent_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_scheduled_messages_conversation
  ON scheduled_messages (org_id, conversation_id, scheduled_at DESC, id DESC);
CREATE INDEX idx_scheduled_messages_conversation_status
  ON scheduled_messages (org_id, conversation_id, status, scheduled_at DESC, id DESC);
-- For the cron, which goes over all tenants. It contains only what is still to be done.
CREATE INDEX idx_scheduled_messages_next_at ON scheduled_messages (next_at, org_id) WHERE next_at IS NOT NULL;
