-- What belongs to the deployment and not to one tenant. Times are milliseconds since 1970.
CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('provisioning', 'active', 'suspended', 'deleted')),
  -- The name of the D1 binding that holds this tenant's data.
  mongo_database TEXT NOT NULL,
  schema_version INTEGER NOT NULL DEFAULT 1,
  country TEXT,
  limits TEXT NOT NULL DEFAULT '{}',
  -- What provisioning still needs, to be finished by the cron if it was cut off; NULL once it is done.
  pending_admin TEXT,
  -- A hash of the Idempotency-Key and body that registered it: the same call again finds it.
  registration_hash TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_organizations_mongo_database ON organizations (mongo_database);
CREATE INDEX idx_organizations_provisioning ON organizations (created_at) WHERE status = 'provisioning';

-- Who may log in, over all tenants: an email address belongs to one agent.
CREATE TABLE identities (
  agent_id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_identities_org_id ON identities (org_id);

-- Which account of which tenant a channel's delivery is for, and the secrets to check it with (encrypted).
CREATE TABLE channel_routes (
  channel TEXT NOT NULL,
  external_id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  tenant_db TEXT NOT NULL,
  country TEXT,
  -- The channel's id of the business that owns the account (WhatsApp's WABA): what a delivery about no number is signed for.
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

-- Deliveries that could not be handed on in time, were for nobody, or were not understood. A queue message is only a wake-up for these.
CREATE TABLE parked_updates (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL CHECK (reason IN ('busy', 'unrouted', 'unknown')),
  channel TEXT NOT NULL,
  account TEXT,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  next_at INTEGER,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_parked_updates_next_at ON parked_updates (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX idx_parked_updates_account ON parked_updates (channel, account, reason);

-- How often what was seen: unknown shapes, deliveries for nobody.
CREATE TABLE counters (
  name TEXT NOT NULL,
  day TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (name, day)
) WITHOUT ROWID;

-- Queue messages that no retry helped.
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY,
  queue TEXT NOT NULL,
  org_id TEXT,
  body TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  replayed_at INTEGER
);
CREATE INDEX idx_dead_letters_created_at ON dead_letters (created_at);

-- Tries of a thing that must not be tried too often: fixed windows.
CREATE TABLE rate_limits (
  key TEXT NOT NULL,
  window_start INTEGER NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (key, window_start)
) WITHOUT ROWID;
CREATE INDEX idx_rate_limits_window_start ON rate_limits (window_start);

-- Which tenant an API key is of; what it may do stands in the tenant's database.
CREATE TABLE api_key_routes (
  key_hash TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  tenant_db TEXT NOT NULL
) WITHOUT ROWID;
