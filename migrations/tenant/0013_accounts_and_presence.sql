-- What a channel itself says of an account, beside its health.
ALTER TABLE integration_accounts ADD COLUMN display_number TEXT;
ALTER TABLE integration_accounts ADD COLUMN quality_rating TEXT;
ALTER TABLE integration_accounts ADD COLUMN messaging_limit TEXT;
-- Until when the channel said that it restricts the account.
ALTER TABLE integration_accounts ADD COLUMN restricted_until INTEGER;
-- The channel's time of the last event about the account that was taken: an older one that comes later changes nothing.
ALTER TABLE integration_accounts ADD COLUMN channel_event_at INTEGER;

-- Offline by hand, whatever the agent's sockets say, until the agent is set online or comes back after all of them were closed.
ALTER TABLE agents ADD COLUMN is_away INTEGER NOT NULL DEFAULT 0;
-- The one rule of who is there; online is who is active as well.
ALTER TABLE agents ADD COLUMN is_present INTEGER GENERATED ALWAYS AS (is_away = 0 AND (is_online_by_hand = 1 OR is_connected = 1)) VIRTUAL;
DROP TRIGGER gauges_agent_insert;
CREATE TRIGGER gauges_agent_insert AFTER INSERT ON agents BEGIN
  INSERT INTO gauges VALUES (NEW.org_id, 'org', '', 'agents', NEW.status <> 'deleted'), (NEW.org_id, 'org', '', 'agents_online', NEW.status = 'active' AND NEW.is_present)
  ON CONFLICT DO UPDATE SET n = n + excluded.n;
END;
DROP TRIGGER gauges_agent_update;
CREATE TRIGGER gauges_agent_update AFTER UPDATE OF status, is_online_by_hand, is_connected, is_away ON agents BEGIN
  UPDATE gauges SET n = n + (NEW.status <> 'deleted') - (OLD.status <> 'deleted')
    WHERE org_id = NEW.org_id AND scope = 'org' AND scope_id = '' AND name = 'agents' AND (NEW.status <> 'deleted') <> (OLD.status <> 'deleted');
  UPDATE gauges SET n = n + (NEW.status = 'active' AND NEW.is_present) - (OLD.status = 'active' AND OLD.is_present)
    WHERE org_id = NEW.org_id AND scope = 'org' AND scope_id = '' AND name = 'agents_online';
END;

-- What tags are found by, as JavaScript folds them: SQLite's lower() knows ASCII only. Code of before does not write
-- them: then the keys are NULL, or mostly of another number.
ALTER TABLE conversations ADD COLUMN tag_keys TEXT;
DROP TRIGGER conversations_tags_insert;
CREATE TRIGGER conversations_tags_insert AFTER INSERT ON conversations WHEN NEW.tags <> '[]' BEGIN
  INSERT OR IGNORE INTO conversation_tags SELECT NEW.org_id, NEW.id, value, NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id, NEW.unread_count > 0, NEW.updated_at
  FROM json_each(iif(json_array_length(NEW.tags) = json_array_length(NEW.tag_keys), NEW.tag_keys, lower(NEW.tags)));
END;
DROP TRIGGER conversations_tags_update;
CREATE TRIGGER conversations_tags_update AFTER UPDATE ON conversations WHEN NEW.tags <> '[]' OR OLD.tags <> '[]' BEGIN
  DELETE FROM conversation_tags WHERE org_id = NEW.org_id AND conversation_id = NEW.id;
  INSERT OR IGNORE INTO conversation_tags SELECT NEW.org_id, NEW.id, value, NEW.status, NEW.channel, NEW.assigned_agent_id, NEW.division_id, NEW.unread_count > 0, NEW.updated_at
  FROM json_each(iif(json_array_length(NEW.tags) = json_array_length(NEW.tag_keys), NEW.tag_keys, lower(NEW.tags)));
END;
-- Tags of before with capitals beyond ASCII are found again when their conversation is next written.
