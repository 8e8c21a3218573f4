-- Messages that are sent later. `next_at` says when the minute's cron looks at a row again; NULL once nothing more happens to it.
CREATE TABLE scheduled_messages (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  -- Whose message it is; NULL for one that no agent scheduled.
  scheduled_by TEXT,
  actor_kind TEXT NOT NULL,
  msg_type TEXT NOT NULL,
  content TEXT NOT NULL,
  scheduled_at INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'sent', 'failed', 'cancelled')),
  next_at INTEGER,
  -- When it was first taken up.
  claimed_at INTEGER,
  message_id TEXT,
  error_message TEXT,
  sent_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_scheduled_messages_conversation ON scheduled_messages (org_id, conversation_id, scheduled_at DESC, id DESC);
CREATE INDEX idx_scheduled_messages_conversation_status ON scheduled_messages (org_id, conversation_id, status, scheduled_at DESC, id DESC);
-- For the cron, which looks over all tenants: only what is still to come stands in it.
CREATE INDEX idx_scheduled_messages_next_at ON scheduled_messages (next_at, org_id) WHERE next_at IS NOT NULL;
