-- The outcome of the last run of each sweep that had something to do (src/kit/sweep-state.ts).
CREATE TABLE sweeps (
  name TEXT PRIMARY KEY,
  ran_at INTEGER NOT NULL,
  done INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  -- The first of the runs in a row that ended with work left; NULL if the last run left none.
  starved_since INTEGER,
  -- JSON arrays of organizations: those with work left, and those that were served while others had to wait.
  starved_orgs TEXT NOT NULL,
  served_orgs TEXT NOT NULL,
  last_error TEXT,
  failed_at INTEGER
) WITHOUT ROWID;
