-- A tenant's data. Every table has org_id; every query gives it (src/kit/database.ts). Times are milliseconds since 1970.
CREATE TABLE orgs (
  org_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  -- A copy of the control database's word, so that a session is checked with one read.
  status TEXT NOT NULL,
  country TEXT,
  timezone TEXT NOT NULL DEFAULT 'UTC',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_system INTEGER NOT NULL DEFAULT 0,
  permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_roles_org_id_name ON roles (org_id, name);

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  email TEXT NOT NULL,
  full_name TEXT NOT NULL,
  role_id TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
  -- What the agent says by hand, and what the open sockets say; online is either.
  is_online_by_hand INTEGER NOT NULL DEFAULT 0,
  is_connected INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_agents_org_id_email ON agents (org_id, email) WHERE status <> 'deleted';
CREATE INDEX idx_agents_org_id_role_id ON agents (org_id, role_id);

CREATE TABLE divisions (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  allocation_method TEXT NOT NULL DEFAULT 'manual' CHECK (allocation_method IN ('manual', 'round_robin', 'least_busy')),
  is_active INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_divisions_org_id_name ON divisions (org_id, name);

CREATE TABLE division_agents (
  org_id TEXT NOT NULL,
  division_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  PRIMARY KEY (org_id, agent_id, division_id)
) WITHOUT ROWID;
CREATE INDEX idx_division_agents_division_id ON division_agents (org_id, division_id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE INDEX idx_sessions_org_id_agent_id ON sessions (org_id, agent_id);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  key_type TEXT NOT NULL CHECK (key_type IN ('read', 'messaging', 'full')),
  key_prefix TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER
);
CREATE INDEX idx_api_keys_org_id_agent_id ON api_keys (org_id, agent_id);

-- Answers to calls that carried an Idempotency-Key, written in the batch of their effect.
CREATE TABLE idempotency_keys (
  org_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, caller, operation, key)
) WITHOUT ROWID;
CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE activity_logs (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  action TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  changes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_activity_logs_org_id_created_at ON activity_logs (org_id, created_at, id);
CREATE INDEX idx_activity_logs_org_id_entity ON activity_logs (org_id, entity_type, entity_id, created_at, id);
CREATE INDEX idx_activity_logs_org_id_actor_id ON activity_logs (org_id, actor_id, created_at, id);
CREATE INDEX idx_activity_logs_org_id_action ON activity_logs (org_id, action, created_at, id);

CREATE TABLE integration_accounts (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  account_key TEXT NOT NULL,
  display_name TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1,
  is_default INTEGER NOT NULL DEFAULT 0,
  division_id TEXT,
  -- JSON; the secret fields inside are encrypted (src/kit/secrets.ts).
  config TEXT NOT NULL,
  verify_token TEXT NOT NULL,
  health TEXT NOT NULL DEFAULT 'connected',
  health_detail TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_integration_accounts_key ON integration_accounts (org_id, channel, account_key);
CREATE UNIQUE INDEX idx_integration_accounts_default ON integration_accounts (org_id, channel) WHERE is_default = 1;

CREATE TABLE contacts (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  org_id TEXT NOT NULL,
  channel_source TEXT NOT NULL,
  phone_number TEXT,
  user_id TEXT,
  name TEXT,
  -- Who named the contact: a person's word is not overwritten by the channel's profile.
  name_source TEXT NOT NULL DEFAULT 'channel' CHECK (name_source IN ('channel', 'agent')),
  email TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  -- One token, indexed: a search is confined to its tenant inside the index and not after it.
  org_token TEXT NOT NULL,
  -- The words of the name and every ending of the number, so that a prefix search finds any part of it.
  search_terms TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_contacts_org_id_updated_at ON contacts (org_id, updated_at DESC, id DESC);
CREATE INDEX idx_contacts_org_id_channel ON contacts (org_id, channel_source, updated_at DESC, id DESC);

CREATE VIRTUAL TABLE contacts_fts USING fts5 (org_token, search_terms, content = 'contacts', content_rowid = 'rowid', prefix = '2 3 4', tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER contacts_insert AFTER INSERT ON contacts BEGIN
  INSERT INTO contacts_fts (rowid, org_token, search_terms) VALUES (NEW.rowid, NEW.org_token, NEW.search_terms);
END;
CREATE TRIGGER contacts_update AFTER UPDATE OF search_terms ON contacts WHEN NEW.search_terms <> OLD.search_terms BEGIN
  INSERT INTO contacts_fts (contacts_fts, rowid, org_token, search_terms) VALUES ('delete', OLD.rowid, OLD.org_token, OLD.search_terms);
  INSERT INTO contacts_fts (rowid, org_token, search_terms) VALUES (NEW.rowid, NEW.org_token, NEW.search_terms);
END;

-- Every name of a person on a channel → the one that keys the thread. Written once, when a second name appears.
CREATE TABLE contact_aliases (
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  alias TEXT NOT NULL,
  thread_key TEXT NOT NULL,
  PRIMARY KEY (org_id, channel, alias)
) WITHOUT ROWID;

-- The index of the conversations: the objects are the authority (docs/adr/0002). A row never goes back in version.
CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  status TEXT NOT NULL,
  -- '' and not NULL where there is none, so that one index form serves every filter.
  assigned_agent_id TEXT NOT NULL DEFAULT '',
  division_id TEXT NOT NULL DEFAULT '',
  tags TEXT NOT NULL DEFAULT '[]',
  unread_count INTEGER NOT NULL DEFAULT 0,
  is_unread INTEGER GENERATED ALWAYS AS (unread_count > 0) STORED,
  contact_name TEXT,
  contact_phone TEXT,
  last_message TEXT,
  last_message_at INTEGER,
  window_expires_at INTEGER,
  cycle INTEGER NOT NULL DEFAULT 1,
  message_count INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- The newest activity; lists are sorted by it.
  updated_at INTEGER NOT NULL
);
-- One index for "newest first", and one that starts with every low-cardinality column: a list is a merge of its ranges (docs/adr/0005).
CREATE INDEX idx_conversations_activity ON conversations (org_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_class ON conversations (org_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent ON conversations (org_id, assigned_agent_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent_class ON conversations (org_id, assigned_agent_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_division ON conversations (org_id, division_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_division_class ON conversations (org_id, division_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent_division ON conversations (org_id, assigned_agent_id, division_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_contact ON conversations (org_id, contact_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_window ON conversations (window_expires_at, org_id) WHERE status <> 'resolved' AND window_expires_at IS NOT NULL;

-- One row a tag, with a copy of what lists filter by, kept by the triggers below.
CREATE TABLE conversation_tags (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  status TEXT NOT NULL,
  channel TEXT NOT NULL,
  assigned_agent_id TEXT NOT NULL,
  division_id TEXT NOT NULL,
  is_unread INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, conversation_id, tag)
) WITHOUT ROWID;
CREATE INDEX idx_conversation_tags_activity ON conversation_tags (org_id, tag, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_class ON conversation_tags (org_id, tag, status, channel, is_unread, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_agent ON conversation_tags (org_id, tag, assigned_agent_id, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_division ON conversation_tags (org_id, tag, division_id, updated_at DESC, conversation_id DESC);

CREATE TRIGGER conversations_tags_insert AFTER INSERT ON conversations WHEN NEW.tags <> '[]' BEGIN
  INSERT INTO conversation_tags SELECT NEW.org_id, NEW.id, lower(value), NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id, NEW.unread_count > 0, NEW.updated_at FROM json_each(NEW.tags);
END;
CREATE TRIGGER conversations_tags_update AFTER UPDATE ON conversations WHEN NEW.tags <> '[]' OR OLD.tags <> '[]' BEGIN
  DELETE FROM conversation_tags WHERE org_id = NEW.org_id AND conversation_id = NEW.id;
  INSERT INTO conversation_tags SELECT NEW.org_id, NEW.id, lower(value), NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id, NEW.unread_count > 0, NEW.updated_at FROM json_each(NEW.tags);
END;

-- The searchable text of messages. rowid is made from the message's time, so that FTS gives the newest first by itself.
CREATE TABLE message_texts (
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  -- One token, indexed: a search is confined to its tenant inside the index and not after it.
  org_token TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_message_texts_id ON message_texts (org_id, id);
CREATE VIRTUAL TABLE message_texts_fts USING fts5 (org_token, body, content = 'message_texts', content_rowid = 'rowid', tokenize = "unicode61 remove_diacritics 2");
CREATE TRIGGER message_texts_insert AFTER INSERT ON message_texts BEGIN
  INSERT INTO message_texts_fts (rowid, org_token, body) VALUES (NEW.rowid, NEW.org_token, NEW.body);
END;
CREATE TRIGGER message_texts_update AFTER UPDATE OF body ON message_texts BEGIN
  INSERT INTO message_texts_fts (message_texts_fts, rowid, org_token, body) VALUES ('delete', OLD.rowid, OLD.org_token, OLD.body);
  INSERT INTO message_texts_fts (rowid, org_token, body) VALUES (NEW.rowid, NEW.org_token, NEW.body);
END;
CREATE TRIGGER message_texts_delete AFTER DELETE ON message_texts BEGIN
  INSERT INTO message_texts_fts (message_texts_fts, rowid, org_token, body) VALUES ('delete', OLD.rowid, OLD.org_token, OLD.body);
END;

CREATE TABLE conversation_transfers (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  transferred_by TEXT,
  from_agent_id TEXT,
  to_agent_id TEXT,
  from_division_id TEXT,
  to_division_id TEXT,
  note TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_conversation_transfers_conversation ON conversation_transfers (org_id, conversation_id, created_at DESC);

CREATE TABLE media (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  r2_key TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  file_name TEXT,
  file_size INTEGER,
  sha256 TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_media_org_id_conversation_id ON media (org_id, conversation_id);
