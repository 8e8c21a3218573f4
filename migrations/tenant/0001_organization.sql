-- An organization and its members: roles, agents, divisions, sessions, API keys, and the log of what they did.
-- Every table of a tenant database has org_id, and every statement binds it (src/kit/database.ts). Times are
-- milliseconds since 1970.

CREATE TABLE orgs (
  org_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  -- A copy of the control database's status, so that one read checks a session.
  status TEXT NOT NULL,
  country TEXT,
  timezone TEXT NOT NULL DEFAULT 'UTC',
  -- Which agent a conversation has that its customer reopens.
  reopen_to TEXT NOT NULL DEFAULT 'last_agent_if_online'
    CHECK (reopen_to IN ('last_agent_if_online', 'queue', 'last_agent')),
  -- Whether customers are asked after a conversation is resolved, and with which words; NULL: the default's.
  asks_csat INTEGER NOT NULL DEFAULT 0,
  csat_question TEXT,
  -- The organization's number in this database: the upper bits of the rowids of its texts (0005_search.sql).
  number INTEGER CHECK (number BETWEEN 1 AND 32767),
  -- Increases when a policy, working hours or the timezone change; 0 as long as there never was a policy.
  sla_version INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_orgs_number ON orgs (number);

CREATE TRIGGER orgs_number AFTER INSERT ON orgs BEGIN
  SELECT RAISE(ABORT, 'a database holds 32767 organizations') FROM orgs WHERE number = 32767;
  UPDATE orgs SET number = (SELECT coalesce(max(number), 0) + 1 FROM orgs) WHERE org_id = NEW.org_id;
END;

CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  is_system INTEGER NOT NULL DEFAULT 0,
  permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_roles_org_id_name ON roles (org_id, name);

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  -- NULL once the agent is deleted. The row and its name stay, for what the agent did.
  email TEXT CHECK (email IS NOT NULL OR status = 'deleted'),
  full_name TEXT NOT NULL,
  role_id TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
  -- The actor that set the status, as JSON of kind and id; NULL: no actor has. The conversations of a suspended or deleted
  -- agent are released in this actor's name.
  status_by TEXT,
  -- The state that the agent set by hand, and whether the agent has an open socket.
  is_online_by_hand INTEGER NOT NULL DEFAULT 0,
  is_connected INTEGER NOT NULL DEFAULT 0,
  -- Set offline by hand, whatever the sockets say, until the agent goes online by hand or reconnects after all sockets
  -- were closed.
  is_away INTEGER NOT NULL DEFAULT 0,
  -- The one rule of presence. An agent is online if present and active.
  is_present INTEGER GENERATED ALWAYS AS (is_away = 0 AND (is_online_by_hand = 1 OR is_connected = 1)) VIRTUAL,
  -- How many conversations allocation may give the agent at a time; NULL: any number.
  capacity INTEGER CHECK (capacity >= 0),
  -- The order of the inbox that the agent has chosen: newest or oldest activity first.
  conversation_sort TEXT NOT NULL DEFAULT 'newest' CHECK (conversation_sort IN ('newest', 'oldest')),
  -- Stands under the mails that the agent writes.
  signature TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_agents_org_id_email ON agents (org_id, email) WHERE status <> 'deleted';
CREATE INDEX idx_agents_org_id_role_id ON agents (org_id, role_id);
-- For the cron, which unassigns the conversations of these agents.
CREATE INDEX idx_agents_inactive ON agents (org_id, id) WHERE status <> 'active';

CREATE TABLE divisions (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  allocation_method TEXT NOT NULL DEFAULT 'manual' CHECK (allocation_method IN ('manual', 'round_robin', 'least_busy')),
  is_active INTEGER NOT NULL DEFAULT 1,
  -- Kept by the triggers of division_agents, so that a list of divisions does not read their members.
  agent_count INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX idx_divisions_org_id_name ON divisions (org_id, name COLLATE NOCASE);

CREATE TABLE division_agents (
  org_id TEXT NOT NULL,
  division_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  PRIMARY KEY (org_id, agent_id, division_id)
) WITHOUT ROWID;
CREATE INDEX idx_division_agents_division_id ON division_agents (org_id, division_id);

CREATE TRIGGER division_agents_insert AFTER INSERT ON division_agents BEGIN
  UPDATE divisions SET agent_count = agent_count + 1 WHERE org_id = NEW.org_id AND id = NEW.division_id;
END;
CREATE TRIGGER division_agents_delete AFTER DELETE ON division_agents BEGIN
  UPDATE divisions SET agent_count = agent_count - 1 WHERE org_id = OLD.org_id AND id = OLD.division_id;
END;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  -- The client of the login, so that an agent can tell the sessions apart.
  address TEXT NOT NULL DEFAULT '',
  user_agent TEXT
);
CREATE INDEX idx_sessions_org_id_agent_id ON sessions (org_id, agent_id);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  org_id TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  name TEXT NOT NULL,
  key_type TEXT NOT NULL CHECK (key_type IN ('read', 'messaging', 'full')),
  key_prefix TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  expires_at INTEGER,
  revoked_at INTEGER
);
CREATE INDEX idx_api_keys_org_id_agent_id ON api_keys (org_id, agent_id);

-- Answers to calls with an Idempotency-Key, written in the same batch as what the call did.
CREATE TABLE idempotency_keys (
  org_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (org_id, caller, operation, key)
) WITHOUT ROWID;
CREATE INDEX idx_idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE activity_logs (
  id TEXT NOT NULL,
  org_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  action TEXT NOT NULL,
  entity_type TEXT NOT NULL,
  entity_id TEXT NOT NULL,
  changes TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL,
  -- The list's order. An entry that is written again has the same time.
  PRIMARY KEY (org_id, created_at, id)
) WITHOUT ROWID;
CREATE INDEX idx_activity_logs_org_id_entity ON activity_logs (org_id, entity_type, entity_id, created_at, id);
CREATE INDEX idx_activity_logs_org_id_actor_id ON activity_logs (org_id, actor_id, created_at, id);
CREATE INDEX idx_activity_logs_org_id_action ON activity_logs (org_id, action, created_at, id);
