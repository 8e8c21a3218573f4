-- Working hours: several rows a day; the rows of a division ('' is the organization) stand for its whole week.
CREATE TABLE working_hours (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  division_id TEXT NOT NULL DEFAULT '',
  -- 0 is Sunday.
  day_of_week INTEGER NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
  -- "HH:MM" on the wall; an end that is not after its start is on the next day.
  start_time TEXT NOT NULL,
  end_time TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_working_hours_org_id_division_id ON working_hours (org_id, division_id, day_of_week, start_time);

-- What differs from a channel's own window for free text.
CREATE TABLE chat_expiration_rules (
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  window_hours INTEGER NOT NULL,
  auto_resolve INTEGER NOT NULL,
  block_text_after_window INTEGER NOT NULL,
  is_active INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, channel)
) WITHOUT ROWID;

CREATE TABLE sla_policies (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  first_response_time_secs INTEGER NOT NULL,
  resolution_time_secs INTEGER NOT NULL,
  warning_threshold_pct INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  channel TEXT,
  division_id TEXT,
  is_active INTEGER NOT NULL DEFAULT 1,
  is_default INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_sla_policies_org_id ON sla_policies (org_id, created_at);
CREATE UNIQUE INDEX idx_sla_policies_org_id_default ON sla_policies (org_id) WHERE is_default = 1;

-- One row a cycle of a conversation: what its object knows of it, and until when what is due.
CREATE TABLE sla_clocks (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  -- The event that told these facts; what is older changes nothing.
  seq INTEGER NOT NULL,
  channel TEXT NOT NULL,
  division_id TEXT NOT NULL DEFAULT '',
  opened_at INTEGER NOT NULL,
  first_inbound_at INTEGER,
  first_response_at INTEGER,
  resolved_at INTEGER,
  -- The settings (orgs.sla_version) that it was last computed by; 0: the facts have changed since.
  settings_version INTEGER NOT NULL DEFAULT 0,
  -- JSON of what the object was last told.
  plan TEXT,
  -- When its next warning or breach is due.
  next_at INTEGER,
  -- 0 once the cycle is over and computed for the last time.
  is_open INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, conversation_id, cycle)
) WITHOUT ROWID;
CREATE INDEX idx_sla_clocks_org_id_version ON sla_clocks (org_id, settings_version) WHERE is_open = 1;
CREATE INDEX idx_sla_clocks_org_id_next_at ON sla_clocks (org_id, next_at) WHERE next_at IS NOT NULL;

CREATE TABLE sla_breaches (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  sla_policy_id TEXT NOT NULL,
  breach_type TEXT NOT NULL CHECK (breach_type IN ('first_response', 'resolution')),
  threshold_secs INTEGER NOT NULL,
  -- Grows until the clock stops.
  actual_secs INTEGER NOT NULL,
  breached_at INTEGER NOT NULL
);
CREATE INDEX idx_sla_breaches_org_id_policy ON sla_breaches (org_id, sla_policy_id, breached_at DESC, id DESC);
CREATE UNIQUE INDEX idx_sla_breaches_org_id_conversation ON sla_breaches (org_id, conversation_id, cycle, breach_type);

-- Counts changes of policies, hours and timezone; 0 as long as there never was a policy.
ALTER TABLE orgs ADD COLUMN sla_version INTEGER NOT NULL DEFAULT 0;

-- The window for free text follows from this and the channel's rule when it is read: a changed rule rewrites no row.
ALTER TABLE conversations ADD COLUMN last_inbound_at INTEGER;
-- As the minute's sweep has last found it; one that is open may in truth have closed a minute ago.
ALTER TABLE conversations ADD COLUMN window_status TEXT NOT NULL DEFAULT 'open';
ALTER TABLE conversations ADD COLUMN sla_status TEXT NOT NULL DEFAULT 'not_applicable';
-- Until now every channel's window was 24 hours.
UPDATE conversations SET last_inbound_at = window_expires_at - 86400000 WHERE window_expires_at IS NOT NULL;
CREATE INDEX idx_conversations_window_sweep ON conversations (org_id, channel, window_status, last_inbound_at) WHERE status <> 'resolved' AND last_inbound_at IS NOT NULL;

-- For lists of what is about to close or has closed, and of what an SLA is running for: the same shapes as the class indexes, over these rows only.
CREATE INDEX idx_conversations_window_class ON conversations (org_id, window_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_agent_window_class ON conversations (org_id, assigned_agent_id, window_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_division_window_class ON conversations (org_id, division_id, window_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE status <> 'resolved' AND window_status <> 'open';
CREATE INDEX idx_conversations_sla_class ON conversations (org_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE sla_status <> 'not_applicable';
CREATE INDEX idx_conversations_agent_sla_class ON conversations (org_id, assigned_agent_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE sla_status <> 'not_applicable';
CREATE INDEX idx_conversations_division_sla_class ON conversations (org_id, division_id, sla_status, status, channel, is_unread, updated_at DESC, id DESC) WHERE sla_status <> 'not_applicable';

-- The order of the inbox that an agent has chosen: newest or oldest activity first.
ALTER TABLE agents ADD COLUMN conversation_sort TEXT NOT NULL DEFAULT 'newest' CHECK (conversation_sort IN ('newest', 'oldest'));
