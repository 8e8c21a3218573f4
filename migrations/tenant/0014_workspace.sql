-- An agent's own data, on every device: saved views, drafts, preferences, and where it is
-- told what happens while no page is open.

CREATE TABLE saved_views (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- JSON: the filters of a list of conversations.
  filter TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX idx_saved_views_org_id_agent_id ON saved_views (org_id, agent_id, created_at, id);

CREATE TABLE drafts (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  conversation_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('reply', 'note')),
  -- JSON. NULL: it was sent or thrown away; the row stays a while, so that a late save does not bring it back.
  content TEXT,
  -- The client's: the highest wins.
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id, conversation_id, kind)
) WITHOUT ROWID;
CREATE INDEX idx_drafts_gone ON drafts (updated_at) WHERE content IS NULL;

CREATE TABLE agent_preferences (
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  -- JSON: what differs from the defaults.
  chosen TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, agent_id)
) WITHOUT ROWID;

-- Browsers that take Web Push. The inbox's object knows which agents have any.
CREATE TABLE push_subscriptions (
  -- Derived from the address, which is one browser's: whoever uses it last has it.
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  -- The session in which it was made, with which it ends.
  session_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  -- The browser's keys, base64url.
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  device_name TEXT,
  created_at INTEGER NOT NULL
);
CREATE INDEX idx_push_subscriptions_org_id_agent_id ON push_subscriptions (org_id, agent_id, created_at DESC);
