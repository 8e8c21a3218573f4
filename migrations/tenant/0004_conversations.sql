-- The index of the conversations, and what is found by conversation. The objects are the authority (docs/adr/0002).
-- 0005_search.sql keeps their full text, 0009_analytics.sql their number by status.

-- A row never goes back in version.
CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  status TEXT NOT NULL,
  -- '' instead of NULL if there is none, so that one form of index serves every filter.
  assigned_agent_id TEXT NOT NULL DEFAULT '',
  division_id TEXT NOT NULL DEFAULT '',
  -- Since when the conversation waits in its division's queue; NULL: it does not wait.
  waiting_since INTEGER,
  -- The last assignee of a waiting conversation, if that agent gave it up.
  given_up_by TEXT,
  tags TEXT NOT NULL DEFAULT '[]',
  -- The tags as they are searched for, folded by src/domain/tag.ts: SQLite's lower() folds ASCII only.
  tag_keys TEXT NOT NULL DEFAULT '[]',
  unread_count INTEGER NOT NULL DEFAULT 0,
  is_unread INTEGER GENERATED ALWAYS AS (unread_count > 0) STORED,
  contact_name TEXT,
  contact_phone TEXT,
  last_message TEXT,
  last_message_at INTEGER,
  -- The window for free text is computed from this and the channel's rule on reading: a changed rule rewrites no row.
  last_inbound_at INTEGER,
  -- As the last sweep found it: a window stored as open may have closed within the last minute.
  window_status TEXT NOT NULL DEFAULT 'open',
  sla_status TEXT NOT NULL DEFAULT 'not_applicable',
  cycle INTEGER NOT NULL DEFAULT 1,
  message_count INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL,
  -- The last event whose rows are all written: of texts, counts, and whatever else effects keep.
  projected_seq INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  -- Time of the newest activity; lists are sorted by it.
  updated_at INTEGER NOT NULL
);
-- For each way to narrow a list there is an index in the list's order, and one that begins with every low-cardinality
-- column: a list is a merge of its ranges (docs/adr/0005).
CREATE INDEX idx_conversations_activity
  ON conversations (org_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_class
  ON conversations (org_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent
  ON conversations (org_id, assigned_agent_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent_class
  ON conversations (org_id, assigned_agent_id, status, channel, is_unread, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_division
  ON conversations (org_id, division_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_division_class
  ON conversations (org_id, division_id, status, channel, is_unread, updated_at DESC, id DESC);
-- A list of an agent who sees a few divisions is narrowed twice: by the filter, and by what the agent may see.
CREATE INDEX idx_conversations_agent_division
  ON conversations (org_id, assigned_agent_id, division_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_agent_division_class
  ON conversations (org_id, assigned_agent_id, division_id, status, channel, is_unread, updated_at DESC, id DESC);
-- Lists by window and SLA: the class indexes again, over only those rows that can be asked for.
CREATE INDEX idx_conversations_window_class
  ON conversations (org_id, window_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_agent_window_class
  ON conversations (org_id, assigned_agent_id, window_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_division_window_class
  ON conversations (org_id, division_id, window_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_sla_class
  ON conversations (org_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE sla_status <> 'not_applicable';
CREATE INDEX idx_conversations_agent_sla_class
  ON conversations (org_id, assigned_agent_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE sla_status <> 'not_applicable';
CREATE INDEX idx_conversations_division_sla_class
  ON conversations (org_id, division_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC)
  WHERE sla_status <> 'not_applicable';
CREATE INDEX idx_conversations_contact
  ON conversations (org_id, contact_id, updated_at DESC, id DESC);
CREATE INDEX idx_conversations_waiting
  ON conversations (org_id, division_id, waiting_since, id)
  WHERE waiting_since IS NOT NULL;
CREATE INDEX idx_conversations_window_sweep
  ON conversations (org_id, channel, window_status, last_inbound_at)
  WHERE status <> 'resolved' AND last_inbound_at IS NOT NULL;

-- One row for each tag of a conversation, with a copy of what lists filter by. Kept by the triggers below.
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
CREATE INDEX idx_conversation_tags_activity
  ON conversation_tags (org_id, tag, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_class
  ON conversation_tags (org_id, tag, status, channel, is_unread, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_agent
  ON conversation_tags (org_id, tag, assigned_agent_id, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_agent_class
  ON conversation_tags
    (org_id, tag, assigned_agent_id, status, channel, is_unread, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_division
  ON conversation_tags (org_id, tag, division_id, updated_at DESC, conversation_id DESC);
CREATE INDEX idx_conversation_tags_division_class
  ON conversation_tags
    (org_id, tag, division_id, status, channel, is_unread, updated_at DESC, conversation_id DESC, assigned_agent_id);
CREATE INDEX idx_conversation_tags_agent_division
  ON conversation_tags (org_id, tag, assigned_agent_id, division_id, updated_at DESC, conversation_id DESC);

-- OR IGNORE: a tag that occurs twice must not stop its conversation's projection.
CREATE TRIGGER conversations_tags_insert AFTER INSERT ON conversations WHEN NEW.tag_keys <> '[]' BEGIN
  INSERT OR IGNORE INTO conversation_tags
  SELECT NEW.org_id, NEW.id, value, NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id,
    NEW.unread_count > 0, NEW.updated_at
  FROM json_each(NEW.tag_keys);
END;
CREATE TRIGGER conversations_tags_update AFTER UPDATE ON conversations
WHEN NEW.tag_keys <> '[]' OR OLD.tag_keys <> '[]' BEGIN
  DELETE FROM conversation_tags WHERE org_id = NEW.org_id AND conversation_id = NEW.id;
  INSERT OR IGNORE INTO conversation_tags
  SELECT NEW.org_id, NEW.id, value, NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id,
    NEW.unread_count > 0, NEW.updated_at
  FROM json_each(NEW.tag_keys);
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
CREATE INDEX idx_conversation_transfers_conversation
  ON conversation_transfers (org_id, conversation_id, created_at DESC);

-- Deleted divisions that may still have conversations; the cron takes these out.
CREATE TABLE deleted_divisions (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;

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
