-- Working hours, the window for free text, and service levels (docs/adr/0012).

-- A day may have several rows. A division with rows of its own uses only these; '' is the organization.
CREATE TABLE working_hours (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  division_id TEXT NOT NULL DEFAULT '',
  -- 0 is Sunday.
  day_of_week INTEGER NOT NULL CHECK (day_of_week BETWEEN 0 AND 6),
  -- "HH:MM" local time; an end that is not after its start is on the next day.
  start_time TEXT NOT NULL,
  end_time TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_working_hours_org_id_division_id
  ON working_hours (org_id, division_id, day_of_week, start_time);

-- Dates with working time of their own, of the organization ('') or of a division, whose entry takes precedence.
CREATE TABLE holidays (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  division_id TEXT NOT NULL DEFAULT '',
  -- "YYYY-MM-DD", local.
  date TEXT NOT NULL,
  name TEXT NOT NULL,
  -- JSON: [{"start": "09:00", "end": "12:00"}]; empty: closed.
  hours TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_holidays_org_id_date ON holidays (org_id, division_id, date);

-- Rules that replace a channel's own window for free text.
CREATE TABLE chat_expiration_rules (
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  window_hours INTEGER NOT NULL,
  auto_resolve INTEGER NOT NULL,
  -- Whether that includes a conversation whose customer waits for an answer.
  resolve_unanswered INTEGER NOT NULL,
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

-- One row for each cycle of a conversation: the facts from its object, and the deadlines computed from them.
CREATE TABLE sla_clocks (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  -- The event that carried these facts; an older event changes nothing.
  seq INTEGER NOT NULL,
  channel TEXT NOT NULL,
  division_id TEXT NOT NULL DEFAULT '',
  opened_at INTEGER NOT NULL,
  first_inbound_at INTEGER,
  first_response_at INTEGER,
  resolved_at INTEGER,
  -- The orgs.sla_version of the last computation; 0: the facts have changed since.
  settings_version INTEGER NOT NULL DEFAULT 0,
  -- JSON: the plan that was last sent to the object.
  plan TEXT,
  -- When the next warning or breach is due.
  next_at INTEGER,
  -- 0 once the cycle is over and computed for the last time; 2: it is open, and there was never a policy.
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
