-- Outgoing webhooks: endpoints of others that get events (docs/webhooks.md).
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  -- JSON arrays; an empty filter lets all pass.
  events TEXT NOT NULL,
  channels TEXT NOT NULL DEFAULT '[]',
  division_ids TEXT NOT NULL DEFAULT '[]',
  is_active INTEGER NOT NULL DEFAULT 1,
  -- Why it was switched off, unless by hand.
  disabled_reason TEXT CHECK (disabled_reason IN ('gone', 'failing')),
  disabled_at INTEGER,
  -- Secrets are encrypted; the one before a rotation signs too until its time.
  secret TEXT NOT NULL,
  secret_mask TEXT NOT NULL,
  previous_secret TEXT,
  previous_secret_until INTEGER,
  -- Encrypted JSON, and the names.
  headers TEXT,
  header_names TEXT NOT NULL DEFAULT '[]',
  consecutive_failures INTEGER NOT NULL DEFAULT 0,
  -- The first failure since the last success.
  failing_since INTEGER,
  -- The most requests in a second.
  max_per_second INTEGER NOT NULL DEFAULT 50,
  -- The endpoint has asked for rest until then.
  paused_until INTEGER NOT NULL DEFAULT 0,
  last_triggered_at INTEGER,
  -- JSON of the last attempts that succeeded and failed, so that no delivery is looked for.
  last_success TEXT,
  last_failure TEXT,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_webhooks_org_id ON webhooks (org_id, created_at, id);

-- One row for each event and endpoint. The id is derived from both and begins with the event's time, so that this key
-- is the order of the list too.
CREATE TABLE webhook_deliveries (
  org_id TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  -- The conversation or other entity of the event: deliveries of one entity go one after another.
  entity_id TEXT NOT NULL,
  -- The bytes that are signed at each attempt.
  body TEXT NOT NULL,
  is_test INTEGER NOT NULL DEFAULT 0,
  -- 0: somebody waits for it; 1: sent in bulk.
  lane INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'success', 'failed', 'dead')),
  attempt INTEGER NOT NULL DEFAULT 0,
  -- NULL: nothing is left to do.
  next_at INTEGER,
  http_status INTEGER,
  response_body TEXT,
  error_message TEXT,
  duration_ms INTEGER,
  completed_at INTEGER,
  PRIMARY KEY (org_id, webhook_id, id)
) WITHOUT ROWID;
CREATE INDEX idx_webhook_deliveries_next_at ON webhook_deliveries (org_id, webhook_id, lane, next_at) WHERE next_at IS NOT NULL;
-- Failed deliveries that hold back the later ones about their entities.
CREATE INDEX idx_webhook_deliveries_holding ON webhook_deliveries (org_id, webhook_id, entity_id) WHERE next_at IS NOT NULL AND attempt > 0 AND attempt < 4;
-- For "recover", which sends again what has failed for good.
CREATE INDEX idx_webhook_deliveries_dead ON webhook_deliveries (org_id, webhook_id, id) WHERE status = 'dead';

-- Attempts by day (days since 1970, UTC).
CREATE TABLE webhook_days (
  org_id TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  successes INTEGER NOT NULL,
  dead INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  PRIMARY KEY (org_id, webhook_id, day)
) WITHOUT ROWID;

-- Deleted webhooks whose deliveries are still to be deleted, in steps.
CREATE TABLE deleted_webhooks (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL
) WITHOUT ROWID;
