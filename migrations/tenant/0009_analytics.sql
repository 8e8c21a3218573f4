-- Figures that grow with what happens, so that no figure is ever a scan (docs/adr/0016, docs/analytics.md).

-- Counts of events per day and per week of the organization: counted for each channel, account, agent and division that
-- it concerns.
CREATE TABLE daily_counts (
  org_id TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('channel', 'account', 'agent', 'division')),
  scope_id TEXT NOT NULL,
  -- YYYY-MM-DD in the organization's timezone, or 'w' and its Monday for a whole week.
  day TEXT NOT NULL,
  conversations_new INTEGER NOT NULL DEFAULT 0,
  conversations_reopened INTEGER NOT NULL DEFAULT 0,
  conversations_resolved INTEGER NOT NULL DEFAULT 0,
  conversations_assigned INTEGER NOT NULL DEFAULT 0,
  messages_received INTEGER NOT NULL DEFAULT 0,
  messages_sent INTEGER NOT NULL DEFAULT 0,
  -- Seconds in total, and a histogram of durations: src/areas/analytics/metrics.ts has its bounds.
  first_response_seconds INTEGER NOT NULL DEFAULT 0,
  first_response_0 INTEGER NOT NULL DEFAULT 0,
  first_response_1 INTEGER NOT NULL DEFAULT 0,
  first_response_2 INTEGER NOT NULL DEFAULT 0,
  first_response_3 INTEGER NOT NULL DEFAULT 0,
  first_response_4 INTEGER NOT NULL DEFAULT 0,
  first_response_5 INTEGER NOT NULL DEFAULT 0,
  first_response_6 INTEGER NOT NULL DEFAULT 0,
  first_response_7 INTEGER NOT NULL DEFAULT 0,
  first_response_8 INTEGER NOT NULL DEFAULT 0,
  first_response_9 INTEGER NOT NULL DEFAULT 0,
  first_response_10 INTEGER NOT NULL DEFAULT 0,
  first_response_11 INTEGER NOT NULL DEFAULT 0,
  resolution_seconds INTEGER NOT NULL DEFAULT 0,
  resolution_0 INTEGER NOT NULL DEFAULT 0,
  resolution_1 INTEGER NOT NULL DEFAULT 0,
  resolution_2 INTEGER NOT NULL DEFAULT 0,
  resolution_3 INTEGER NOT NULL DEFAULT 0,
  resolution_4 INTEGER NOT NULL DEFAULT 0,
  resolution_5 INTEGER NOT NULL DEFAULT 0,
  resolution_6 INTEGER NOT NULL DEFAULT 0,
  resolution_7 INTEGER NOT NULL DEFAULT 0,
  resolution_8 INTEGER NOT NULL DEFAULT 0,
  resolution_9 INTEGER NOT NULL DEFAULT 0,
  resolution_10 INTEGER NOT NULL DEFAULT 0,
  resolution_11 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, scope, scope_id, day)
) WITHOUT ROWID;

-- These add up the channels of a day or week as a channel 'all', so that trends read one row for each instead of one
-- for each channel.
CREATE TRIGGER daily_counts_insert AFTER INSERT ON daily_counts
WHEN NEW.scope = 'channel' AND NEW.scope_id <> 'all' BEGIN
  INSERT INTO daily_counts (org_id, scope, scope_id, day) VALUES (NEW.org_id, 'channel', 'all', NEW.day)
  ON CONFLICT DO NOTHING;
  UPDATE daily_counts SET
    conversations_new = conversations_new + NEW.conversations_new,
    conversations_reopened = conversations_reopened + NEW.conversations_reopened,
    conversations_resolved = conversations_resolved + NEW.conversations_resolved,
    conversations_assigned = conversations_assigned + NEW.conversations_assigned,
    messages_received = messages_received + NEW.messages_received,
    messages_sent = messages_sent + NEW.messages_sent,
    first_response_seconds = first_response_seconds + NEW.first_response_seconds,
    first_response_0 = first_response_0 + NEW.first_response_0,
    first_response_1 = first_response_1 + NEW.first_response_1,
    first_response_2 = first_response_2 + NEW.first_response_2,
    first_response_3 = first_response_3 + NEW.first_response_3,
    first_response_4 = first_response_4 + NEW.first_response_4,
    first_response_5 = first_response_5 + NEW.first_response_5,
    first_response_6 = first_response_6 + NEW.first_response_6,
    first_response_7 = first_response_7 + NEW.first_response_7,
    first_response_8 = first_response_8 + NEW.first_response_8,
    first_response_9 = first_response_9 + NEW.first_response_9,
    first_response_10 = first_response_10 + NEW.first_response_10,
    first_response_11 = first_response_11 + NEW.first_response_11,
    resolution_seconds = resolution_seconds + NEW.resolution_seconds,
    resolution_0 = resolution_0 + NEW.resolution_0,
    resolution_1 = resolution_1 + NEW.resolution_1,
    resolution_2 = resolution_2 + NEW.resolution_2,
    resolution_3 = resolution_3 + NEW.resolution_3,
    resolution_4 = resolution_4 + NEW.resolution_4,
    resolution_5 = resolution_5 + NEW.resolution_5,
    resolution_6 = resolution_6 + NEW.resolution_6,
    resolution_7 = resolution_7 + NEW.resolution_7,
    resolution_8 = resolution_8 + NEW.resolution_8,
    resolution_9 = resolution_9 + NEW.resolution_9,
    resolution_10 = resolution_10 + NEW.resolution_10,
    resolution_11 = resolution_11 + NEW.resolution_11
  WHERE org_id = NEW.org_id AND scope = 'channel' AND scope_id = 'all' AND day = NEW.day;
END;
CREATE TRIGGER daily_counts_update AFTER UPDATE ON daily_counts
WHEN NEW.scope = 'channel' AND NEW.scope_id <> 'all' BEGIN
  UPDATE daily_counts SET
    conversations_new = conversations_new + NEW.conversations_new - OLD.conversations_new,
    conversations_reopened = conversations_reopened + NEW.conversations_reopened - OLD.conversations_reopened,
    conversations_resolved = conversations_resolved + NEW.conversations_resolved - OLD.conversations_resolved,
    conversations_assigned = conversations_assigned + NEW.conversations_assigned - OLD.conversations_assigned,
    messages_received = messages_received + NEW.messages_received - OLD.messages_received,
    messages_sent = messages_sent + NEW.messages_sent - OLD.messages_sent,
    first_response_seconds = first_response_seconds + NEW.first_response_seconds - OLD.first_response_seconds,
    first_response_0 = first_response_0 + NEW.first_response_0 - OLD.first_response_0,
    first_response_1 = first_response_1 + NEW.first_response_1 - OLD.first_response_1,
    first_response_2 = first_response_2 + NEW.first_response_2 - OLD.first_response_2,
    first_response_3 = first_response_3 + NEW.first_response_3 - OLD.first_response_3,
    first_response_4 = first_response_4 + NEW.first_response_4 - OLD.first_response_4,
    first_response_5 = first_response_5 + NEW.first_response_5 - OLD.first_response_5,
    first_response_6 = first_response_6 + NEW.first_response_6 - OLD.first_response_6,
    first_response_7 = first_response_7 + NEW.first_response_7 - OLD.first_response_7,
    first_response_8 = first_response_8 + NEW.first_response_8 - OLD.first_response_8,
    first_response_9 = first_response_9 + NEW.first_response_9 - OLD.first_response_9,
    first_response_10 = first_response_10 + NEW.first_response_10 - OLD.first_response_10,
    first_response_11 = first_response_11 + NEW.first_response_11 - OLD.first_response_11,
    resolution_seconds = resolution_seconds + NEW.resolution_seconds - OLD.resolution_seconds,
    resolution_0 = resolution_0 + NEW.resolution_0 - OLD.resolution_0,
    resolution_1 = resolution_1 + NEW.resolution_1 - OLD.resolution_1,
    resolution_2 = resolution_2 + NEW.resolution_2 - OLD.resolution_2,
    resolution_3 = resolution_3 + NEW.resolution_3 - OLD.resolution_3,
    resolution_4 = resolution_4 + NEW.resolution_4 - OLD.resolution_4,
    resolution_5 = resolution_5 + NEW.resolution_5 - OLD.resolution_5,
    resolution_6 = resolution_6 + NEW.resolution_6 - OLD.resolution_6,
    resolution_7 = resolution_7 + NEW.resolution_7 - OLD.resolution_7,
    resolution_8 = resolution_8 + NEW.resolution_8 - OLD.resolution_8,
    resolution_9 = resolution_9 + NEW.resolution_9 - OLD.resolution_9,
    resolution_10 = resolution_10 + NEW.resolution_10 - OLD.resolution_10,
    resolution_11 = resolution_11 + NEW.resolution_11 - OLD.resolution_11
  WHERE org_id = NEW.org_id AND scope = 'channel' AND scope_id = 'all' AND day = NEW.day;
END;

-- Present numbers, kept by the triggers below. Scopes account and agent ('' for unassigned) have conversations by
-- status, scope channel has contacts, scope org the agents. One row for all numbers of an id: a new conversation and a
-- change of its status write two rows.
CREATE TABLE gauges (
  org_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  -- The channel of an account, whose row may be deleted.
  channel TEXT,
  open INTEGER NOT NULL DEFAULT 0,
  pending INTEGER NOT NULL DEFAULT 0,
  resolved INTEGER NOT NULL DEFAULT 0,
  contacts INTEGER NOT NULL DEFAULT 0,
  agents INTEGER NOT NULL DEFAULT 0,
  agents_online INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, scope, scope_id)
) WITHOUT ROWID;

CREATE TRIGGER gauges_conversation_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO gauges (org_id, scope, scope_id, channel, open, pending, resolved)
  SELECT NEW.org_id, s.scope, s.id, s.channel, NEW.status = 'open', NEW.status = 'pending', NEW.status = 'resolved'
  FROM (
    SELECT 'account' AS scope, NEW.account_id AS id, NEW.channel AS channel
    UNION ALL SELECT 'agent', NEW.assigned_agent_id, NULL
  ) s WHERE true
  ON CONFLICT DO UPDATE SET
    open = open + excluded.open, pending = pending + excluded.pending, resolved = resolved + excluded.resolved;
END;
CREATE TRIGGER gauges_conversation_status AFTER UPDATE OF status ON conversations WHEN NEW.status <> OLD.status BEGIN
  UPDATE gauges SET
    open = open + (NEW.status = 'open') - (OLD.status = 'open'),
    pending = pending + (NEW.status = 'pending') - (OLD.status = 'pending'),
    resolved = resolved + (NEW.status = 'resolved') - (OLD.status = 'resolved')
  WHERE org_id = NEW.org_id AND (scope, scope_id) IN (VALUES ('account', NEW.account_id), ('agent', OLD.assigned_agent_id));
END;
-- Where both change, the former agent is given the new status by the one trigger and loses it by the other.
CREATE TRIGGER gauges_conversation_agent AFTER UPDATE OF assigned_agent_id ON conversations
WHEN NEW.assigned_agent_id <> OLD.assigned_agent_id BEGIN
  INSERT INTO gauges (org_id, scope, scope_id, open, pending, resolved)
  SELECT NEW.org_id, 'agent', s.id, s.sign * (NEW.status = 'open'), s.sign * (NEW.status = 'pending'),
    s.sign * (NEW.status = 'resolved')
  FROM (SELECT OLD.assigned_agent_id AS id, -1 AS sign UNION ALL SELECT NEW.assigned_agent_id, 1) s WHERE true
  ON CONFLICT DO UPDATE SET
    open = open + excluded.open, pending = pending + excluded.pending, resolved = resolved + excluded.resolved;
END;
CREATE TRIGGER gauges_conversation_delete AFTER DELETE ON conversations BEGIN
  UPDATE gauges SET open = open - (OLD.status = 'open'), pending = pending - (OLD.status = 'pending'),
    resolved = resolved - (OLD.status = 'resolved')
  WHERE org_id = OLD.org_id AND (scope, scope_id) IN (VALUES ('account', OLD.account_id), ('agent', OLD.assigned_agent_id));
END;

CREATE TRIGGER gauges_contact_insert AFTER INSERT ON contacts BEGIN
  INSERT INTO gauges (org_id, scope, scope_id, contacts) VALUES (NEW.org_id, 'channel', NEW.channel_source, 1)
  ON CONFLICT DO UPDATE SET contacts = contacts + 1;
END;
CREATE TRIGGER gauges_contact_delete AFTER DELETE ON contacts BEGIN
  UPDATE gauges SET contacts = contacts - 1
  WHERE org_id = OLD.org_id AND scope = 'channel' AND scope_id = OLD.channel_source;
END;

CREATE TRIGGER gauges_agent_insert AFTER INSERT ON agents BEGIN
  INSERT INTO gauges (org_id, scope, scope_id, agents, agents_online)
  VALUES (NEW.org_id, 'org', '', NEW.status <> 'deleted', NEW.status = 'active' AND NEW.is_present)
  ON CONFLICT DO UPDATE SET agents = agents + excluded.agents, agents_online = agents_online + excluded.agents_online;
END;
CREATE TRIGGER gauges_agent_update AFTER UPDATE OF status, is_online_by_hand, is_connected, is_away ON agents
WHEN (NEW.status, NEW.is_present) IS NOT (OLD.status, OLD.is_present) BEGIN
  UPDATE gauges SET agents = agents + (NEW.status <> 'deleted') - (OLD.status <> 'deleted'),
    agents_online = agents_online + (NEW.status = 'active' AND NEW.is_present) - (OLD.status = 'active' AND OLD.is_present)
  WHERE org_id = NEW.org_id AND scope = 'org' AND scope_id = '';
END;

-- Meta's answers about WhatsApp's own figures: Meta allows few calls and may be unavailable.
CREATE TABLE channel_analytics (
  org_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  -- JSON: what was asked for, and what Meta answered.
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, account_id, question)
) WITHOUT ROWID;
CREATE INDEX idx_channel_analytics_fetched_at ON channel_analytics (fetched_at);
