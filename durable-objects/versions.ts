/** The schema versions of the objects' tables. A released version never changes: append a new one to the list. */

/** Beside the key-value pairs that conversation.storage.ts describes. */
export const CONVERSATION_VERSIONS: readonly string[] = [
  `CREATE TABLE messages (id TEXT PRIMARY KEY, external_id TEXT, outgoing TEXT, is_reaction INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL, wire TEXT) WITHOUT ROWID;
   CREATE UNIQUE INDEX idx_messages_external_id ON messages (external_id) WHERE external_id IS NOT NULL;`,
];

/**
 * Tables that most conversations never need; each is created before its first row. A version that changes one of them
 * changes this definition, and the table in the objects that have it.
 */
export const OPTIONAL_TABLES = {
  notes: "CREATE TABLE notes (id TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID",
  seen: "CREATE TABLE seen (external_id TEXT PRIMARY KEY) WITHOUT ROWID",
  early_updates:
    "CREATE TABLE early_updates (external_id TEXT NOT NULL, what TEXT NOT NULL, doc TEXT NOT NULL, kept_at INTEGER NOT NULL, PRIMARY KEY (external_id, what)) WITHOUT ROWID",
  media_jobs:
    "CREATE TABLE media_jobs (media_id TEXT PRIMARY KEY, message_id TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL) WITHOUT ROWID",
  idempotency:
    "CREATE TABLE idempotency (key TEXT PRIMARY KEY, body_hash TEXT NOT NULL, answer TEXT NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID",
} as const;
export type OptionalTable = keyof typeof OPTIONAL_TABLES;

export const INBOX_VERSIONS: readonly string[] = [
  // A row of `frames` has the frames of one commit, numbered from `first` to `last`.
  `CREATE TABLE frames (last INTEGER PRIMARY KEY, first INTEGER NOT NULL, doc TEXT NOT NULL);
   CREATE TABLE tickets (hash TEXT PRIMARY KEY, doc TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE openings (id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, agent_id TEXT NOT NULL, credential_id TEXT NOT NULL, tenant_db TEXT NOT NULL, who TEXT NOT NULL, is_ended INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
   CREATE TABLE revoked (who TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE presence (agent_id TEXT PRIMARY KEY, tenant_db TEXT NOT NULL, is_written INTEGER NOT NULL, gone_at INTEGER) WITHOUT ROWID;`,
];

export const CAMPAIGN_VERSIONS: readonly string[] = [
  // `n` has no gaps: recipients are only removed all at once. `id` is derived from the address, so it is unique with it;
  // whoever was erased has another id, and no address.
  `CREATE TABLE recipients (
     n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, address TEXT NOT NULL, contact_id TEXT, variables TEXT,
     status TEXT NOT NULL DEFAULT 'pending', attempt INTEGER NOT NULL DEFAULT 0, due_at INTEGER,
     conversation_id TEXT, message_id TEXT, external_id TEXT, error_code TEXT, error_message TEXT,
     category TEXT, cost INTEGER, created_at INTEGER NOT NULL,
     sent_at INTEGER, failed_at INTEGER, delivered_at INTEGER, read_at INTEGER, replied_at INTEGER, clicked_at INTEGER);
   CREATE INDEX idx_recipients_due_at ON recipients (due_at) WHERE due_at IS NOT NULL;
   CREATE TABLE imports (id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, doc TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE refused (import_id TEXT NOT NULL, line INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL,
     PRIMARY KEY (import_id, line)) WITHOUT ROWID;`,
];

/** The names of an object's tables. A read of an object that has not begun creates none. */
export const tablesOf = (sql: SqlStorage): Set<string> =>
  new Set(
    sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray()
      .map(({ name }) => name),
  );

/** Applies the versions after `from`, in order. The caller stores the version in the same transaction. */
export function applyVersions(sql: SqlStorage, versions: readonly string[], from: number): void {
  for (const statements of versions.slice(from)) sql.exec(statements);
}
