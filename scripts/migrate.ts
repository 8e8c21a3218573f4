/** Applies D1 migrations through a binding, with the same records as `wrangler d1 migrations apply`. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";

const BOOKS = `CREATE TABLE IF NOT EXISTS d1_migrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

export async function migrate(miniflare: Miniflare, binding: string, directory: string): Promise<void> {
  const database = await miniflare.getD1Database(binding);
  await database.prepare(BOOKS).run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const files = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of files.filter((file) => !applied.has(file))) {
    const statements = unstable_splitSqlQuery(await readFile(join(directory, name), "utf8"));
    try {
      // A batch is a transaction, so a migration and its record are applied together or not at all.
      await database.batch([
        ...statements.map((sql) => database.prepare(sql)),
        database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
      ]);
    } catch (error) {
      throw new Error(`migration ${name} of ${binding}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  }
}
