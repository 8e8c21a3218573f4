-- The key that a message was scheduled with; NULL where it was a session. Messages of before do not say.
ALTER TABLE scheduled_messages ADD COLUMN api_key_id TEXT;
