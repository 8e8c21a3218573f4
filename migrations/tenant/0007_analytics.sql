-- What analytics answers from: counters that grow with what happens, so that no figure is ever a scan (docs/adr/0016, docs/analytics.md).

-- What happened on a day and in a week of the organization's: once for the channel, the account, the agent and the division that it concerns.
CREATE TABLE daily_counts (
  org_id TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('channel', 'account', 'agent', 'division')),
  scope_id TEXT NOT NULL,
  -- YYYY-MM-DD in the organization's timezone; or 'w' and its Monday: the whole week.
  day TEXT NOT NULL,
  conversations_new INTEGER NOT NULL DEFAULT 0,
  conversations_reopened INTEGER NOT NULL DEFAULT 0,
  conversations_resolved INTEGER NOT NULL DEFAULT 0,
  conversations_assigned INTEGER NOT NULL DEFAULT 0,
  messages_received INTEGER NOT NULL DEFAULT 0,
  messages_sent INTEGER NOT NULL DEFAULT 0,
  -- Seconds altogether, and how many took how long: the bounds are in src/areas/analytics/metrics.ts.
  first_response_seconds INTEGER NOT NULL DEFAULT 0,
  first_response_0 INTEGER NOT NULL DEFAULT 0, first_response_1 INTEGER NOT NULL DEFAULT 0, first_response_2 INTEGER NOT NULL DEFAULT 0, first_response_3 INTEGER NOT NULL DEFAULT 0,
  first_response_4 INTEGER NOT NULL DEFAULT 0, first_response_5 INTEGER NOT NULL DEFAULT 0, first_response_6 INTEGER NOT NULL DEFAULT 0, first_response_7 INTEGER NOT NULL DEFAULT 0,
  first_response_8 INTEGER NOT NULL DEFAULT 0, first_response_9 INTEGER NOT NULL DEFAULT 0, first_response_10 INTEGER NOT NULL DEFAULT 0, first_response_11 INTEGER NOT NULL DEFAULT 0,
  resolution_seconds INTEGER NOT NULL DEFAULT 0,
  resolution_0 INTEGER NOT NULL DEFAULT 0, resolution_1 INTEGER NOT NULL DEFAULT 0, resolution_2 INTEGER NOT NULL DEFAULT 0, resolution_3 INTEGER NOT NULL DEFAULT 0,
  resolution_4 INTEGER NOT NULL DEFAULT 0, resolution_5 INTEGER NOT NULL DEFAULT 0, resolution_6 INTEGER NOT NULL DEFAULT 0, resolution_7 INTEGER NOT NULL DEFAULT 0,
  resolution_8 INTEGER NOT NULL DEFAULT 0, resolution_9 INTEGER NOT NULL DEFAULT 0, resolution_10 INTEGER NOT NULL DEFAULT 0, resolution_11 INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, scope, scope_id, day)
) WITHOUT ROWID;

-- Up to which event a conversation is counted. Moves in the batch that counts, and nowhere else.
CREATE TABLE counted_events (
  org_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (org_id, conversation_id)
) WITHOUT ROWID;

-- How many there are now, kept by the triggers below as rows come and change.
-- channel, account, agent ('' unassigned) and division ('' none): conversations by status, and the contacts of a channel; org: agents.
CREATE TABLE gauges (
  org_id TEXT NOT NULL,
  scope TEXT NOT NULL,
  scope_id TEXT NOT NULL,
  name TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (org_id, scope, scope_id, name)
) WITHOUT ROWID;

INSERT INTO gauges SELECT org_id, 'channel', channel, status, count(*) FROM conversations GROUP BY 1, 3, 4;
INSERT INTO gauges SELECT org_id, 'account', account_id, status, count(*) FROM conversations GROUP BY 1, 3, 4;
INSERT INTO gauges SELECT org_id, 'agent', assigned_agent_id, status, count(*) FROM conversations GROUP BY 1, 3, 4;
INSERT INTO gauges SELECT org_id, 'division', division_id, status, count(*) FROM conversations GROUP BY 1, 3, 4;
INSERT INTO gauges SELECT org_id, 'channel', channel_source, 'contacts', count(*) FROM contacts GROUP BY 1, 3;
INSERT INTO gauges SELECT org_id, 'org', '', 'agents', count(*) FROM agents WHERE status <> 'deleted' GROUP BY 1;
INSERT INTO gauges SELECT org_id, 'org', '', 'agents_online', sum(status = 'active' AND (is_online_by_hand = 1 OR is_connected = 1)) FROM agents GROUP BY 1;

CREATE TRIGGER gauges_conversation_insert AFTER INSERT ON conversations BEGIN
  INSERT INTO gauges VALUES (NEW.org_id, 'channel', NEW.channel, NEW.status, 1), (NEW.org_id, 'account', NEW.account_id, NEW.status, 1),
    (NEW.org_id, 'agent', NEW.assigned_agent_id, NEW.status, 1), (NEW.org_id, 'division', NEW.division_id, NEW.status, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER gauges_conversation_status AFTER UPDATE OF status ON conversations WHEN NEW.status <> OLD.status BEGIN
  UPDATE gauges SET n = n - 1 WHERE org_id = OLD.org_id AND name = OLD.status
    AND (scope, scope_id) IN (VALUES ('channel', OLD.channel), ('account', OLD.account_id), ('agent', OLD.assigned_agent_id), ('division', OLD.division_id));
  INSERT INTO gauges VALUES (NEW.org_id, 'channel', NEW.channel, NEW.status, 1), (NEW.org_id, 'account', NEW.account_id, NEW.status, 1),
    (NEW.org_id, 'agent', NEW.assigned_agent_id, NEW.status, 1), (NEW.org_id, 'division', NEW.division_id, NEW.status, 1)
  ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER gauges_conversation_agent AFTER UPDATE OF assigned_agent_id ON conversations
WHEN NEW.assigned_agent_id <> OLD.assigned_agent_id AND NEW.status = OLD.status BEGIN
  UPDATE gauges SET n = n - 1 WHERE org_id = OLD.org_id AND scope = 'agent' AND scope_id = OLD.assigned_agent_id AND name = OLD.status;
  INSERT INTO gauges VALUES (NEW.org_id, 'agent', NEW.assigned_agent_id, NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER gauges_conversation_division AFTER UPDATE OF division_id ON conversations
WHEN NEW.division_id <> OLD.division_id AND NEW.status = OLD.status BEGIN
  UPDATE gauges SET n = n - 1 WHERE org_id = OLD.org_id AND scope = 'division' AND scope_id = OLD.division_id AND name = OLD.status;
  INSERT INTO gauges VALUES (NEW.org_id, 'division', NEW.division_id, NEW.status, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER gauges_conversation_delete AFTER DELETE ON conversations BEGIN
  UPDATE gauges SET n = n - 1 WHERE org_id = OLD.org_id AND name = OLD.status
    AND (scope, scope_id) IN (VALUES ('channel', OLD.channel), ('account', OLD.account_id), ('agent', OLD.assigned_agent_id), ('division', OLD.division_id));
END;

CREATE TRIGGER gauges_contact_insert AFTER INSERT ON contacts BEGIN
  INSERT INTO gauges VALUES (NEW.org_id, 'channel', NEW.channel_source, 'contacts', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER gauges_contact_delete AFTER DELETE ON contacts BEGIN
  UPDATE gauges SET n = n - 1 WHERE org_id = OLD.org_id AND scope = 'channel' AND scope_id = OLD.channel_source AND name = 'contacts';
END;

CREATE TRIGGER gauges_agent_insert AFTER INSERT ON agents BEGIN
  INSERT INTO gauges VALUES (NEW.org_id, 'org', '', 'agents', NEW.status <> 'deleted'),
    (NEW.org_id, 'org', '', 'agents_online', NEW.status = 'active' AND (NEW.is_online_by_hand = 1 OR NEW.is_connected = 1))
  ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
CREATE TRIGGER gauges_agent_update AFTER UPDATE OF status, is_online_by_hand, is_connected ON agents BEGIN
  UPDATE gauges SET n = n + (NEW.status <> 'deleted') - (OLD.status <> 'deleted')
    WHERE org_id = NEW.org_id AND scope = 'org' AND scope_id = '' AND name = 'agents' AND (NEW.status <> 'deleted') <> (OLD.status <> 'deleted');
  UPDATE gauges SET n = n + (NEW.status = 'active' AND (NEW.is_online_by_hand = 1 OR NEW.is_connected = 1))
      - (OLD.status = 'active' AND (OLD.is_online_by_hand = 1 OR OLD.is_connected = 1))
    WHERE org_id = NEW.org_id AND scope = 'org' AND scope_id = '' AND name = 'agents_online';
END;

-- What Meta answered for WhatsApp's own figures, since it allows few calls and may be away.
CREATE TABLE channel_analytics (
  org_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  -- What was asked for, and what was answered: JSON.
  question TEXT NOT NULL,
  answer TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, account_id, question)
) WITHOUT ROWID;
CREATE INDEX idx_channel_analytics_fetched_at ON channel_analytics (fetched_at);
