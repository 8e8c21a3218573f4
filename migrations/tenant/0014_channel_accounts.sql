-- What a channel itself says of an account, beside its health.
ALTER TABLE integration_accounts ADD COLUMN display_number TEXT;
ALTER TABLE integration_accounts ADD COLUMN quality_rating TEXT;
ALTER TABLE integration_accounts ADD COLUMN messaging_limit TEXT;
-- Until when the channel said that it restricts the account.
ALTER TABLE integration_accounts ADD COLUMN restricted_until INTEGER;
-- The channel's time of the last event about the account that was taken: an older one that comes later changes nothing.
ALTER TABLE integration_accounts ADD COLUMN channel_event_at INTEGER;
