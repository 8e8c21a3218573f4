-- The accounts on channels that an organization has connected.
CREATE TABLE integration_accounts (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  account_key TEXT NOT NULL,
  display_name TEXT NOT NULL,
  is_active INTEGER NOT NULL DEFAULT 1,
  is_default INTEGER NOT NULL DEFAULT 0,
  division_id TEXT,
  -- JSON; the secret fields inside are encrypted (src/kit/secrets.ts).
  config TEXT NOT NULL,
  verify_token TEXT NOT NULL,
  health TEXT NOT NULL DEFAULT 'connected',
  health_detail TEXT,
  -- Reported by the channel.
  display_number TEXT,
  quality_rating TEXT,
  messaging_limit TEXT,
  verified_name TEXT,
  -- When a restriction that the channel has announced ends.
  restricted_until INTEGER,
  -- The channel's last report of each aspect, with its time: an older one that arrives later changes nothing
  -- (src/areas/integrations/reports.ts).
  reports TEXT NOT NULL DEFAULT '{}',
  -- When the account's token is to be renewed; NULL if it does not expire, or cannot be renewed.
  renew_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_integration_accounts_key ON integration_accounts (org_id, channel, account_key);
CREATE UNIQUE INDEX idx_integration_accounts_default ON integration_accounts (org_id, channel) WHERE is_default = 1;
-- For the sweep, which goes over all tenants.
CREATE INDEX idx_integration_accounts_renew_at ON integration_accounts (renew_at, org_id) WHERE renew_at IS NOT NULL;

-- Logins at a channel whose state was used. The row makes the state work once, and keeps what the login's code was
-- exchanged for until the accounts are connected.
CREATE TABLE integration_logins (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  -- JSON, encrypted (src/kit/secrets.ts). NULL before the exchange, after a refusal, and once all is connected.
  granted TEXT,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX idx_integration_logins_created_at ON integration_logins (created_at);
