-- The name that a person has chosen on the channel, where that is all there is beside a scoped id.
ALTER TABLE contacts ADD COLUMN username TEXT;
