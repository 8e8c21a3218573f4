-- Messages to many people. The campaign's object has its recipients and decides what is sent (docs/adr/0024).
CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('whatsapp', 'email')),
  -- NULL: the channel's default account, decided when the campaign starts.
  account_id TEXT,
  -- WhatsApp: the template. Email: NULL, and `content` has the mail.
  template_id TEXT,
  -- JSON: {"subject", "html", "text"} of a mail with variables; else NULL.
  content TEXT,
  -- JSON: the variables of every recipient that has none of its own, {"1": "{{contact.name}}"}.
  variables TEXT NOT NULL DEFAULT '{}',
  status TEXT NOT NULL DEFAULT 'draft'
    CHECK (status IN ('draft', 'scheduled', 'sending', 'paused', 'completed', 'cancelled', 'failed')),
  -- Why it is paused, cancelled or failed: a code, and words for people.
  status_reason TEXT,
  status_detail TEXT,
  -- JSON: {"start": "09:00", "end": "20:00"}, when recipients may be written to, in their own time.
  sending_hours TEXT,
  -- A lower pace than the account allows; NULL: what the account allows.
  messages_per_second INTEGER,
  scheduled_at INTEGER,
  started_at INTEGER,
  completed_at INTEGER,
  -- The recipients by what became of them, as their object last counted: they add up to `total`.
  total INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  delivered INTEGER NOT NULL DEFAULT 0,
  read INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  replied INTEGER NOT NULL DEFAULT 0,
  clicked INTEGER NOT NULL DEFAULT 0,
  -- Real cost in millionths of the currency, from what the channel charged.
  cost INTEGER NOT NULL DEFAULT 0,
  -- When the campaign's object has to be woken: at its time, or because a wake-up may be lost.
  next_at INTEGER,
  created_by TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_campaigns_org_id_created_at ON campaigns (org_id, created_at DESC, id DESC);
-- Finds the campaigns that a change of an account or a template concerns.
CREATE INDEX idx_campaigns_sending ON campaigns (org_id) WHERE status = 'sending';
CREATE INDEX idx_campaigns_next_at ON campaigns (next_at) WHERE next_at IS NOT NULL;

-- An organization's decisions about its campaigns; without a row the defaults hold. NULL: the default.
CREATE TABLE campaign_settings (
  org_id TEXT PRIMARY KEY,
  -- JSON: {"start": "09:00", "end": "20:00"}; NULL: at any time.
  sending_hours TEXT,
  -- JSON: {"max": 4, "days": 7}, the most campaigns' messages that a contact gets within days; NULL: any number.
  frequency_cap TEXT,
  -- JSON lists of the words by which people take no marketing messages, or take them again.
  opt_out_words TEXT,
  opt_in_words TEXT,
  -- Answers an opt-out; NULL: nothing does.
  opt_out_reply TEXT,
  -- JSON: the prices of channels in place of those of the deployment (src/areas/campaign-settings/prices.json).
  prices TEXT,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
