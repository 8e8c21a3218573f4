-- Customer satisfaction surveys: an index of the surveys that the conversations' objects keep. A row never goes back in
-- version.
CREATE TABLE csat_surveys (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  channel TEXT NOT NULL,
  -- '' if the conversation was unassigned.
  agent_id TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'completed', 'expired', 'failed')),
  message_id TEXT,
  error_message TEXT,
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  comment TEXT,
  rated_via TEXT,
  created_at INTEGER NOT NULL,
  sent_at INTEGER,
  rated_at INTEGER,
  expires_at INTEGER NOT NULL,
  -- The days that the survey is counted on, in the organization's timezone at that moment. Once set they stay, also
  -- when the timezone changes.
  sent_day TEXT,
  rated_day TEXT,
  version INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX idx_csat_surveys_conversation ON csat_surveys (org_id, conversation_id, cycle);
-- For the cron, which goes over all tenants.
CREATE INDEX idx_csat_surveys_expires_at ON csat_surveys (expires_at, org_id) WHERE status IN ('pending', 'sent');

-- Resolved conversations whose customers are still to be asked.
CREATE TABLE csat_asks (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  -- When it was resolved.
  resolved_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, conversation_id, cycle)
) WITHOUT ROWID;
CREATE INDEX idx_csat_asks_next_at ON csat_asks (next_at, org_id);

-- Figures of each channel and each agent, by day and by week. Kept by the triggers below, so that each change of a
-- survey counts once.
CREATE TABLE csat_daily (
  org_id TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('channel', 'agent')),
  scope_id TEXT NOT NULL,
  -- YYYY-MM-DD, or 'w' and its Monday for a whole week: a range is read as its weeks and the remaining days.
  day TEXT NOT NULL,
  -- Surveys sent on this day, and how many of these have been answered since.
  sent INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0,
  -- Ratings given on this day.
  rating_1 INTEGER NOT NULL DEFAULT 0,
  rating_2 INTEGER NOT NULL DEFAULT 0,
  rating_3 INTEGER NOT NULL DEFAULT 0,
  rating_4 INTEGER NOT NULL DEFAULT 0,
  rating_5 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, scope, day, scope_id)
) WITHOUT ROWID;

CREATE TRIGGER csat_surveys_sent AFTER UPDATE OF sent_day ON csat_surveys
WHEN OLD.sent_day IS NULL AND NEW.sent_day IS NOT NULL BEGIN
  INSERT INTO csat_daily (org_id, scope, scope_id, day, sent)
  SELECT NEW.org_id, s.scope, s.id, d.day, 1
  FROM (SELECT 'channel' AS scope, NEW.channel AS id UNION ALL SELECT 'agent', NEW.agent_id) s,
    (SELECT NEW.sent_day AS day UNION ALL SELECT 'w' || date(NEW.sent_day, 'weekday 0', '-6 days')) d WHERE true
  ON CONFLICT DO UPDATE SET sent = sent + 1;
END;
CREATE TRIGGER csat_surveys_rated AFTER UPDATE OF rating ON csat_surveys
WHEN OLD.rating IS NULL AND NEW.rating IS NOT NULL BEGIN
  INSERT INTO csat_daily (org_id, scope, scope_id, day, answered)
  SELECT NEW.org_id, s.scope, s.id, d.day, 1
  FROM (SELECT 'channel' AS scope, NEW.channel AS id UNION ALL SELECT 'agent', NEW.agent_id) s,
    (SELECT NEW.sent_day AS day UNION ALL SELECT 'w' || date(NEW.sent_day, 'weekday 0', '-6 days')) d WHERE true
  ON CONFLICT DO UPDATE SET answered = answered + 1;
  INSERT INTO csat_daily (org_id, scope, scope_id, day, rating_1, rating_2, rating_3, rating_4, rating_5)
  SELECT NEW.org_id, s.scope, s.id, d.day,
    NEW.rating = 1, NEW.rating = 2, NEW.rating = 3, NEW.rating = 4, NEW.rating = 5
  FROM (SELECT 'channel' AS scope, NEW.channel AS id UNION ALL SELECT 'agent', NEW.agent_id) s,
    (SELECT NEW.rated_day AS day UNION ALL SELECT 'w' || date(NEW.rated_day, 'weekday 0', '-6 days')) d WHERE true
  ON CONFLICT DO UPDATE SET rating_1 = rating_1 + excluded.rating_1, rating_2 = rating_2 + excluded.rating_2,
    rating_3 = rating_3 + excluded.rating_3, rating_4 = rating_4 + excluded.rating_4,
    rating_5 = rating_5 + excluded.rating_5;
END;
