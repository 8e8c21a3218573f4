-- The key that a message was scheduled with; NULL where it was a session. Messages of before do not say.
ALTER TABLE scheduled_messages ADD COLUMN api_key_id TEXT;

-- Who had a waiting conversation last and gave it up by themselves.
ALTER TABLE conversations ADD COLUMN given_up_by TEXT;

-- Those whose conversations are released.
CREATE INDEX idx_agents_inactive ON agents (org_id, id) WHERE status <> 'active';
