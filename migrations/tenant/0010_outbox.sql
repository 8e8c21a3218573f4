-- Events of entities that have to go beyond the database. A row is written with the change, and deleted once the event
-- is delivered. With NULL in next_at every retry has failed, and the event is a dead letter.
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  event TEXT NOT NULL,
  -- 0: the rows that the event leads to are still to be written.
  is_applied INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1,
  last_error TEXT,
  next_at INTEGER,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
-- For the sweep, which goes over all tenants.
CREATE INDEX idx_outbox_next_at ON outbox (next_at, org_id) WHERE next_at IS NOT NULL;
