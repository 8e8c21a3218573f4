-- The index of the conversations, and what is found by conversation. The objects are the authority (docs/adr/0002).
-- 0005_search.sql keeps their full text, 0009_analytics.sql their number by status.

-- A row never goes back in version.
CREATE TABLE conversations (
  -- Named, so that nothing renumbers it: the full text and conversation_tags refer to it.
  rowid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
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
  -- The customer waits for an answer. Only the sweep of windows reads it.
  is_unanswered INTEGER NOT NULL DEFAULT 0,
  unread_count INTEGER NOT NULL DEFAULT 0,
  is_unread INTEGER GENERATED ALWAYS AS (unread_count > 0) STORED,
  contact_name TEXT,
  contact_phone TEXT,
  last_message TEXT,
  last_message_at INTEGER,
  -- The window for free text is computed from this and the channel's rule on reading: a changed rule rewrites no row.
  last_inbound_at INTEGER,
  -- At most last_inbound_at, and the same unless the window is open: what the sweep searches by, so that a customer's
  -- message changes no entry of its index.
  window_since INTEGER,
  -- As the last sweep found it: a window stored as open may have closed within the last minute.
  window_status TEXT NOT NULL DEFAULT 'open',
  -- 'other': another program controls the thread on the channel.
  thread_control TEXT NOT NULL DEFAULT 'ours',
  -- The advertisement, link or post that led to the cycle, in the channel's terms, as JSON.
  referral TEXT,
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
-- The inbox (docs/adr/0005): a message changes entries of three indexes. Each is in the order of lists, holds every
-- column that a list filters by, and is left once the conversation is resolved.
CREATE INDEX idx_conversations_live
  ON conversations (org_id, channel, updated_at DESC, id DESC,
    status, is_unread, assigned_agent_id, division_id, window_status, sla_status, tag_keys, is_unanswered)
  WHERE status <> 'resolved';
CREATE INDEX idx_conversations_live_agent
  ON conversations (org_id, assigned_agent_id, updated_at DESC, id DESC,
    status, channel, is_unread, division_id, window_status, sla_status, tag_keys)
  WHERE status <> 'resolved';
CREATE INDEX idx_conversations_live_division
  ON conversations (org_id, division_id, updated_at DESC, id DESC,
    status, channel, is_unread, assigned_agent_id, window_status, sla_status, tag_keys)
  WHERE status <> 'resolved';
-- History: each way to narrow a list is a set of ranges in the list's order. "Class": the columns of few values come
-- before the time. Columns behind the id are those by which visibility skips rows.
CREATE INDEX idx_conversations_history
  ON conversations (org_id, updated_at DESC, id DESC, assigned_agent_id, division_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_class
  ON conversations
    (org_id, channel, is_unread, sla_status, updated_at DESC, id DESC, assigned_agent_id, division_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_agent
  ON conversations (org_id, assigned_agent_id, updated_at DESC, id DESC, division_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_agent_class
  ON conversations
    (org_id, assigned_agent_id, channel, is_unread, sla_status, updated_at DESC, id DESC, division_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_division
  ON conversations (org_id, division_id, updated_at DESC, id DESC, assigned_agent_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_division_class
  ON conversations
    (org_id, division_id, channel, is_unread, sla_status, updated_at DESC, id DESC, assigned_agent_id)
  WHERE status = 'resolved';
CREATE INDEX idx_conversations_history_agent_division
  ON conversations
    (org_id, assigned_agent_id, division_id, updated_at DESC, id DESC, channel, is_unread, sla_status)
  WHERE status = 'resolved';
-- At most one conversation for each of the contact's accounts: sorted when read.
CREATE INDEX idx_conversations_contact
  ON conversations (org_id, contact_id);
CREATE INDEX idx_conversations_waiting
  ON conversations (org_id, division_id, waiting_since, id)
  WHERE waiting_since IS NOT NULL;
CREATE INDEX idx_conversations_window_sweep
  ON conversations (org_id, channel, window_status, window_since)
  WHERE status <> 'resolved' AND window_since IS NOT NULL;

-- One row for each tag of a resolved conversation, with a copy of what lists filter by. Kept by the triggers below.
CREATE TABLE conversation_tags (
  org_id TEXT NOT NULL,
  tag TEXT NOT NULL,
  channel TEXT NOT NULL,
  is_unread INTEGER NOT NULL,
  sla_status TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  conversation_id TEXT NOT NULL,
  -- The conversation's rowid.
  place INTEGER NOT NULL,
  assigned_agent_id TEXT NOT NULL,
  division_id TEXT NOT NULL,
  PRIMARY KEY (org_id, tag, updated_at DESC, conversation_id DESC)
) WITHOUT ROWID;
CREATE INDEX idx_conversation_tags_class
  ON conversation_tags (org_id, tag, channel, is_unread, sla_status, updated_at DESC, conversation_id DESC,
    place, assigned_agent_id, division_id);
CREATE INDEX idx_conversation_tags_agent
  ON conversation_tags (org_id, tag, assigned_agent_id, updated_at DESC, conversation_id DESC, place, division_id);
CREATE INDEX idx_conversation_tags_agent_class
  ON conversation_tags (org_id, tag, assigned_agent_id, channel, is_unread, sla_status, updated_at DESC,
    conversation_id DESC, place, division_id);
CREATE INDEX idx_conversation_tags_division
  ON conversation_tags (org_id, tag, division_id, updated_at DESC, conversation_id DESC, place, assigned_agent_id);
CREATE INDEX idx_conversation_tags_division_class
  ON conversation_tags (org_id, tag, division_id, channel, is_unread, sla_status, updated_at DESC,
    conversation_id DESC, place, assigned_agent_id);

-- ON CONFLICT: a tag that occurs twice must not stop its conversation's projection.
CREATE TRIGGER conversations_tags_insert AFTER INSERT ON conversations
WHEN NEW.status = 'resolved' AND NEW.tag_keys <> '[]' BEGIN
  INSERT INTO conversation_tags
  SELECT NEW.org_id, value, NEW.channel, NEW.unread_count > 0, NEW.sla_status, NEW.updated_at, NEW.id, NEW.rowid,
    NEW.assigned_agent_id, NEW.division_id
  FROM json_each(NEW.tag_keys) WHERE true ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER conversations_tags_update AFTER UPDATE ON conversations
WHEN (NEW.status = 'resolved' AND NEW.tag_keys <> '[]' OR OLD.status = 'resolved' AND OLD.tag_keys <> '[]')
  AND (OLD.status, OLD.tag_keys, OLD.unread_count > 0, OLD.sla_status, OLD.updated_at, OLD.assigned_agent_id,
    OLD.division_id)
  IS NOT (NEW.status, NEW.tag_keys, NEW.unread_count > 0, NEW.sla_status, NEW.updated_at, NEW.assigned_agent_id,
    NEW.division_id) BEGIN
  DELETE FROM conversation_tags
  WHERE OLD.status = 'resolved' AND org_id = OLD.org_id AND tag IN (SELECT value FROM json_each(OLD.tag_keys))
    AND updated_at = OLD.updated_at AND conversation_id = OLD.id;
  INSERT INTO conversation_tags
  SELECT NEW.org_id, value, NEW.channel, NEW.unread_count > 0, NEW.sla_status, NEW.updated_at, NEW.id, NEW.rowid,
    NEW.assigned_agent_id, NEW.division_id
  FROM json_each(NEW.tag_keys) WHERE NEW.status = 'resolved' ON CONFLICT DO NOTHING;
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

-- Actions on all conversations that a filter finds.
CREATE TABLE bulk_jobs (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  -- The key of an API key's job, which ends with it. A session may end before its job.
  api_key_id TEXT,
  -- JSON: the rights of the caller, beside those that the agent still has when the job runs.
  permissions TEXT NOT NULL,
  -- JSON, both.
  filter TEXT NOT NULL,
  action TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'done', 'cancelled', 'failed')),
  -- NULL: the conversations are not found yet.
  total INTEGER,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  -- JSON: the first of those that failed, with the codes of their problems.
  failures TEXT NOT NULL DEFAULT '[]',
  error TEXT,
  next_at INTEGER,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
);
CREATE INDEX idx_bulk_jobs_org_id_agent_id ON bulk_jobs (org_id, agent_id, created_at DESC);
CREATE INDEX idx_bulk_jobs_next_at ON bulk_jobs (next_at, org_id) WHERE next_at IS NOT NULL;
CREATE INDEX idx_bulk_jobs_created_at ON bulk_jobs (created_at);

-- The conversations of a job, as they were found when it began.
CREATE TABLE bulk_job_parts (
  org_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  -- JSON.
  ids TEXT NOT NULL,
  PRIMARY KEY (org_id, job_id, n)
) WITHOUT ROWID;

-- Conversations that their customers reopened, until allocation has decided whether their last agents have them back.
CREATE TABLE reopenings (
  org_id TEXT NOT NULL,
  reopened_at INTEGER NOT NULL,
  conversation_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  agent_id TEXT NOT NULL,
  PRIMARY KEY (org_id, reopened_at, conversation_id)
) WITHOUT ROWID;

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
