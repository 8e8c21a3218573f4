-- Routing: what agents may hold and do hold, who is in a division, what waits in its queue.

-- How many conversations allocation lets an agent have at a time. NULL: any number.
ALTER TABLE agents ADD COLUMN capacity INTEGER CHECK (capacity >= 0);
CREATE INDEX idx_agents_deleted ON agents (org_id, id) WHERE status = 'deleted';

-- Kept by the triggers below, so that a list of divisions reads divisions and not their members.
ALTER TABLE divisions ADD COLUMN agent_count INTEGER NOT NULL DEFAULT 0;

-- Since when a conversation waits in its division's queue; NULL: it does not.
ALTER TABLE conversations ADD COLUMN waiting_since INTEGER;
CREATE INDEX idx_conversations_waiting ON conversations (org_id, division_id, waiting_since, id) WHERE waiting_since IS NOT NULL;

-- The conversations that an agent has and that are not resolved.
CREATE TABLE agent_loads (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversations INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id)
) WITHOUT ROWID;

-- The cron takes what is still in them out.
CREATE TABLE deleted_divisions (
  org_id TEXT NOT NULL,
  id TEXT NOT NULL,
  deleted_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, id)
) WITHOUT ROWID;

DELETE FROM division_agents WHERE agent_id IN (SELECT id FROM agents WHERE status = 'deleted');
UPDATE divisions SET agent_count = (SELECT count(*) FROM division_agents m WHERE m.org_id = divisions.org_id AND m.division_id = divisions.id);
UPDATE conversations SET waiting_since = updated_at WHERE division_id <> '' AND assigned_agent_id = '' AND status <> 'resolved';
INSERT INTO agent_loads (org_id, agent_id, conversations)
SELECT org_id, assigned_agent_id, count(*) FROM conversations WHERE assigned_agent_id <> '' AND status <> 'resolved' GROUP BY org_id, assigned_agent_id;

CREATE TRIGGER division_agents_insert AFTER INSERT ON division_agents BEGIN
  UPDATE divisions SET agent_count = agent_count + 1 WHERE org_id = NEW.org_id AND id = NEW.division_id;
END;
CREATE TRIGGER division_agents_delete AFTER DELETE ON division_agents BEGIN
  UPDATE divisions SET agent_count = agent_count - 1 WHERE org_id = OLD.org_id AND id = OLD.division_id;
END;

CREATE TRIGGER conversations_load_insert AFTER INSERT ON conversations WHEN NEW.assigned_agent_id <> '' AND NEW.status <> 'resolved' BEGIN
  INSERT INTO agent_loads (org_id, agent_id, conversations) VALUES (NEW.org_id, NEW.assigned_agent_id, 1)
  ON CONFLICT (org_id, agent_id) DO UPDATE SET conversations = conversations + 1;
END;
CREATE TRIGGER conversations_load_update AFTER UPDATE ON conversations
WHEN NEW.assigned_agent_id <> OLD.assigned_agent_id OR (NEW.status = 'resolved') <> (OLD.status = 'resolved') BEGIN
  UPDATE agent_loads SET conversations = conversations - 1 WHERE org_id = OLD.org_id AND agent_id = OLD.assigned_agent_id AND OLD.status <> 'resolved';
  INSERT INTO agent_loads (org_id, agent_id, conversations) SELECT NEW.org_id, NEW.assigned_agent_id, 1 WHERE NEW.assigned_agent_id <> '' AND NEW.status <> 'resolved'
  ON CONFLICT (org_id, agent_id) DO UPDATE SET conversations = conversations + 1;
END;
