/** The schema versions of the objects' tables. A released version never changes: append a new one to the list. */

export const CONVERSATION_VERSIONS: readonly string[] = [
  `CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 1), doc TEXT NOT NULL);
   CREATE TABLE cursors (id INTEGER PRIMARY KEY CHECK (id = 1), projected INTEGER NOT NULL, published INTEGER NOT NULL);
   INSERT INTO cursors VALUES (1, 0, 0);
   CREATE TABLE messages (id TEXT PRIMARY KEY, external_id TEXT, doc TEXT NOT NULL, wire TEXT, is_reaction INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
   CREATE UNIQUE INDEX idx_messages_external_id ON messages (external_id) WHERE external_id IS NOT NULL;
   CREATE TABLE notes (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE seen (external_id TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE early_updates (external_id TEXT NOT NULL, what TEXT NOT NULL, doc TEXT NOT NULL, kept_at INTEGER NOT NULL, PRIMARY KEY (external_id, what)) WITHOUT ROWID;
   CREATE TABLE events (seq INTEGER PRIMARY KEY, doc TEXT NOT NULL);
   CREATE TABLE outgoing (n INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, attempts INTEGER NOT NULL, doubts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL);
   CREATE TABLE media_jobs (message_id TEXT PRIMARY KEY, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE idempotency (key TEXT PRIMARY KEY, body_hash TEXT NOT NULL, answer TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;`,
];

export const INBOX_VERSIONS: readonly string[] = [
  `CREATE TABLE frames (seq INTEGER PRIMARY KEY, place TEXT NOT NULL, doc TEXT NOT NULL);
   CREATE TABLE conversations (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, place TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE tickets (hash TEXT PRIMARY KEY, doc TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE openings (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, agent_id TEXT NOT NULL, credential_id TEXT NOT NULL, tenant_db TEXT NOT NULL, who TEXT NOT NULL, is_ended INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
   CREATE TABLE revoked (who TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE presence (agent_id TEXT PRIMARY KEY, tenant_db TEXT NOT NULL, is_written INTEGER NOT NULL, gone_at INTEGER) WITHOUT ROWID;`,
];

/** Whether an object has tables. A read of an object that has not begun creates none. */
export const hasTables = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray().length > 0;

/** Creates an object's tables or migrates them to the last version. Each version is applied once, in order. */
export function applyVersions(sql: SqlStorage, versions: readonly string[]): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS schema_version (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL)",
  );
  const from = sql.exec<{ version: number }>("SELECT version FROM schema_version").toArray()[0]?.version ?? 0;
  for (const statements of versions.slice(from)) sql.exec(statements);
  if (from < versions.length) sql.exec("INSERT OR REPLACE INTO schema_version VALUES (1, ?)", versions.length);
}
