-- The control database belongs to the deployment: organizations and their routing (this file), and deliveries that need
-- attention (0002_deliveries.sql). Times are milliseconds since 1970.
CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('provisioning', 'active', 'suspended', 'deleted')),
  -- The name of the D1 binding that has this tenant's data.
  tenant_db TEXT NOT NULL,
  schema_version INTEGER NOT NULL DEFAULT 1,
  country TEXT,
  limits TEXT NOT NULL DEFAULT '{}',
  -- Input of the unfinished part of provisioning, which a sweep completes if it was interrupted. NULL once it is done.
  pending_admin TEXT,
  -- Hash of the Idempotency-Key and the body of the registration, so that a repeated call finds it.
  registration_hash TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_organizations_tenant_db ON organizations (tenant_db);
CREATE INDEX idx_organizations_provisioning ON organizations (created_at) WHERE status = 'provisioning';

-- The logins of all tenants: an email address belongs to one agent.
CREATE TABLE identities (
  agent_id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_identities_org_id ON identities (org_id);

-- The tenant of each API key. The tenant's database says what the key may do.
CREATE TABLE api_key_routes (
  key_hash TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  tenant_db TEXT NOT NULL
) WITHOUT ROWID;

-- The tenant and account that a channel's delivery is for, and the secrets that verify it (encrypted).
CREATE TABLE channel_routes (
  channel TEXT NOT NULL,
  external_id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  tenant_db TEXT NOT NULL,
  country TEXT,
  -- The channel's id of the business that owns the account (WhatsApp: the WABA). A delivery that is about no account is
  -- verified by it.
  business_id TEXT,
  division_id TEXT,
  is_active INTEGER NOT NULL DEFAULT 1,
  app_secret TEXT,
  verify_token TEXT NOT NULL,
  PRIMARY KEY (channel, external_id)
) WITHOUT ROWID;
CREATE INDEX idx_channel_routes_verify_token ON channel_routes (verify_token);
CREATE INDEX idx_channel_routes_business_id ON channel_routes (channel, business_id);
CREATE INDEX idx_channel_routes_account_id ON channel_routes (account_id);

-- Keys of the deployment's own, which it makes at their first use: encrypted (src/kit/secrets.ts).
CREATE TABLE deployment_keys (
  name TEXT PRIMARY KEY,
  public_key TEXT NOT NULL,
  private_key TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Attempts that must not be made too often, counted in fixed windows of time.
CREATE TABLE rate_limits (
  key TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (key, window_start)
) WITHOUT ROWID;
CREATE INDEX idx_rate_limits_window_start ON rate_limits (window_start);
