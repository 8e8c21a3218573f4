-- The key that a message was scheduled with; NULL where it was a session. Messages of before do not say.
ALTER TABLE scheduled_messages ADD COLUMN api_key_id TEXT;

-- Who had a waiting conversation last and gave it up by themselves.
ALTER TABLE conversations ADD COLUMN given_up_by TEXT;

-- Those whose conversations are released.
CREATE INDEX idx_agents_inactive ON agents (org_id, id) WHERE status <> 'active';

-- Two names of divisions differ by more than the case of their letters. Not an index: there may be such names from before, which stay.
-- The words are those of an index, so that they are taken for the same.
CREATE TRIGGER divisions_insert_name BEFORE INSERT ON divisions
WHEN EXISTS (SELECT 1 FROM divisions WHERE org_id = NEW.org_id AND name = NEW.name COLLATE NOCASE) BEGIN
  SELECT RAISE(ABORT, 'UNIQUE constraint failed: divisions.name');
END;
CREATE TRIGGER divisions_update_name BEFORE UPDATE OF name ON divisions
WHEN NEW.name <> OLD.name AND EXISTS (SELECT 1 FROM divisions WHERE org_id = NEW.org_id AND name = NEW.name COLLATE NOCASE AND id <> NEW.id) BEGIN
  SELECT RAISE(ABORT, 'UNIQUE constraint failed: divisions.name');
END;

-- Who may transfer to a division, or reads its hours and its account in a conversation, may see what they are called.
UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'divisions.view') WHERE is_system = 1 AND name = 'agent' AND permissions NOT LIKE '%"divisions.view"%';
UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'integrations.view') WHERE is_system = 1 AND name = 'agent' AND permissions NOT LIKE '%"integrations.view"%';
UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'settings.view') WHERE is_system = 1 AND name = 'agent' AND permissions NOT LIKE '%"settings.view"%';
