-- Deliveries and queue messages that could not be processed, and how often that happened.

-- Deliveries that could not be handed on in time, had no recipient, or were not understood. The row is what counts: a
-- queue message only wakes its consumer.
CREATE TABLE parked_updates (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('busy', 'history', 'unrouted', 'unknown')),
  channel TEXT NOT NULL,
  account TEXT,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  next_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_parked_updates_next_at ON parked_updates (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX idx_parked_updates_account ON parked_updates (channel, account, reason);

-- Occurrences by day: unknown payloads, deliveries without a recipient.
CREATE TABLE counters (
  name TEXT NOT NULL,
  day TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (name, day)
) WITHOUT ROWID;

-- Queue messages that failed at every retry.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  org_id TEXT,
  body TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  replayed_at INTEGER
);
CREATE INDEX idx_dead_letters_created_at ON dead_letters (created_at);
