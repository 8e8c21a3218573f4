-- Message templates of WhatsApp Business Accounts, as Meta reports them.
CREATE TABLE wa_templates (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  waba_id TEXT NOT NULL,
  meta_template_id TEXT,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  category TEXT NOT NULL,
  status TEXT NOT NULL,
  status_reason TEXT,
  quality TEXT,
  -- FLAGGED: at risk of being disabled; UNFLAGGED: no longer.
  flag TEXT,
  parameter_format TEXT NOT NULL,
  components TEXT NOT NULL,
  header_media_url TEXT,
  -- Meta's time of the report that each part is from: an older report that arrives later changes nothing.
  status_at INTEGER NOT NULL,
  category_at INTEGER NOT NULL,
  quality_at INTEGER NOT NULL,
  flag_at INTEGER NOT NULL,
  components_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_wa_templates_name ON wa_templates (org_id, waba_id, name, language);
CREATE INDEX idx_wa_templates_created_at ON wa_templates (org_id, created_at, id);

-- The accounts whose templates are known, fully since `synced_at`. With `due_at` they are synced again then.
CREATE TABLE wa_template_accounts (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  waba_id TEXT NOT NULL,
  synced_at INTEGER,
  due_at INTEGER
) WITHOUT ROWID;
-- For the sweep, which goes over all tenants.
CREATE INDEX idx_wa_template_accounts_due_at ON wa_template_accounts (due_at, org_id) WHERE due_at IS NOT NULL;
CREATE INDEX idx_wa_template_accounts_waba_id ON wa_template_accounts (org_id, waba_id);
