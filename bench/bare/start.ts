/** Starts the bare Worker in a process of its own, on a copy of the same databases. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { unstable_readConfig } from "wrangler";
import { root } from "../../scripts/bundle.ts";

export interface Bare {
  url: string;
  miniflare: Miniflare;
  /** Copies the conversations of our databases to tables for the bare list, whose index is not ours. */
  copyConversations(): Promise<void>;
  close(): Promise<void>;
}

interface WranglerConfig {
  compatibility_date: string;
  d1_databases: { binding: string; database_id: string }[];
  queues: { consumers: { queue: string; max_batch_size: number; max_batch_timeout: number; max_retries: number }[] };
}

const OWN_TABLES = [
  "CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, thread TEXT NOT NULL) WITHOUT ROWID",
  "CREATE TABLE IF NOT EXISTS list (id TEXT PRIMARY KEY, last_message TEXT NOT NULL, updated_at INTEGER NOT NULL)",
  "CREATE INDEX IF NOT EXISTS idx_list_updated_at ON list (updated_at)",
  "CREATE TABLE IF NOT EXISTS texts (n INTEGER PRIMARY KEY, id TEXT NOT NULL, conversation_id TEXT NOT NULL, body TEXT NOT NULL, created_at INTEGER NOT NULL)",
];

const COPIED_TABLES = [
  "CREATE TABLE IF NOT EXISTS bare_conversations AS SELECT * FROM conversations",
  "CREATE INDEX IF NOT EXISTS idx_bare_conversations ON bare_conversations (org_id, updated_at, id)",
];

export async function startBare(stateDir: string, appSecret: string): Promise<Bare> {
  const config = unstable_readConfig({ config: join(root, "wrangler.toml") }) as unknown as WranglerConfig;
  const idOf = (binding: string): string =>
    config.d1_databases.find((database) => database.binding === binding)!.database_id;
  const events = config.queues.consumers.find(({ queue }) => queue === "omnistream-events")!;
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      name: "bare",
      compatibilityDate: config.compatibility_date,
      modules: true,
      script: stripTypeScriptTypes(readFileSync(fileURLToPath(import.meta.resolve("./worker.ts")), "utf8")),
      bindings: { APP_SECRET: appSecret },
      d1Databases: { LARGE: idOf("TENANT_DB_00"), SMALL: idOf("TENANT_DB_01"), OWN: "bare" },
      r2Buckets: { FILES: "bare-files" },
      queueProducers: { MESSAGES: "bare-messages" },
      // As ours.
      queueConsumers: {
        "bare-messages": {
          maxBatchSize: events.max_batch_size,
          maxBatchTimeout: events.max_batch_timeout,
          maxRetries: events.max_retries,
        },
      },
      durableObjects: { OBJECT: { className: "BareObject", useSQLite: true } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
      cf: false,
      telemetry: { enabled: false },
    }),
    resourcePersistencePath: stateDir,
  });
  await miniflare.ready;
  const run = async (binding: string, statements: readonly string[]): Promise<void> => {
    const d1 = await miniflare.getD1Database(binding);
    for (const sql of statements) await d1.prepare(sql).run();
  };
  await run("OWN", OWN_TABLES);
  const { origin } = await miniflare.unsafeGetDirectURL("bare");
  return {
    url: origin,
    miniflare,
    async copyConversations() {
      for (const binding of ["LARGE", "SMALL"]) await run(binding, COPIED_TABLES);
    },
    close: () => miniflare.dispose(),
  };
}
