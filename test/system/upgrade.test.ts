import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";

/**
 * Schemas are append-only from the first release (a git tag v*) on: a released step never changes, and the steps after it keep the rows
 * that it has written. Before the first release the same holds from an empty database on, with rows written between the steps.
 */

const root = join(import.meta.dirname, "..", "..");
const git = (...args: string[]): string => execFileSync("git", args, { cwd: root, encoding: "utf8" });
const [release] = git("tag", "--merged", "HEAD", "--list", "v*", "--sort=-version:refname").split("\n");

interface Step {
  name: string;
  sql: string;
}

function migrations(folder: string): { released: Step[]; steps: Step[] } {
  const files = readdirSync(join(root, folder)).toSorted();
  const steps = files.map((name) => ({ name, sql: readFileSync(join(root, folder, name), "utf8") }));
  if (!release) return { released: [], steps };
  const paths = git("ls-tree", "--name-only", release, `${folder}/`).trim().split("\n");
  return { released: paths.map((path) => ({ name: basename(path), sql: git("show", `${release}:${path}`) })), steps };
}

const VERSIONS = "durable-objects/versions.ts";

function versions(list: "CONVERSATION_VERSIONS" | "INBOX_VERSIONS"): { released: Step[]; steps: Step[] } {
  const read = (source: string): Step[] => {
    const program = `${source}\nconsole.log(JSON.stringify(${list}))`;
    const output = execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", program]);
    return (JSON.parse(output.toString()) as string[]).map((sql, i) => ({ name: `version ${i + 1}`, sql }));
  };
  return {
    released: release ? read(git("show", `${release}:${VERSIONS}`)) : [],
    steps: read(readFileSync(join(root, VERSIONS), "utf8")),
  };
}

/** Values that views and triggers read as more than a text. */
const EXAMPLES: Record<string, string> = {
  "contacts.terms": '{"name":"siti","phone_number":"628 28"}',
  "conversations.contact_id": "contacts id",
};

type Row = Record<string, unknown>;

const tablesOf = (db: DatabaseSync, type: "table" | "virtual"): string[] =>
  db
    .prepare(
      "SELECT l.name FROM pragma_table_list l JOIN sqlite_master m USING (name) WHERE l.type = ? ORDER BY m.rowid",
    )
    .all(type)
    .map((row) => (row as { name: string }).name)
    .filter((name) => !name.startsWith("sqlite_"));

const rowsOf = (db: DatabaseSync, table: string): Row[] =>
  db
    .prepare(`SELECT * FROM ${table}`)
    .all()
    .map((row) => ({ ...row }));

/** A row for each of these tables that has none. */
function fill(db: DatabaseSync, tables: readonly string[]): void {
  for (const table of tables.filter((name) => rowsOf(db, name).length === 0)) {
    const { sql } = db.prepare("SELECT sql FROM sqlite_master WHERE name = ?").get(table) as { sql: string };
    const columns = db.prepare(`PRAGMA table_info(${table})`).all() as {
      name: string;
      type: string;
      dflt_value: unknown;
    }[];
    const values = columns
      .filter(({ dflt_value }) => dflt_value === null)
      .map(({ name, type }): [string, string | number] => {
        const allowed = new RegExp(`CHECK \\(${name} IN \\('(\\w+)'`).exec(sql);
        return [name, type === "INTEGER" ? 1 : (allowed?.[1] ?? EXAMPLES[`${table}.${name}`] ?? `${table} ${name}`)];
      });
    db.prepare(
      `INSERT INTO ${table} (${values.map(([name]) => name).join(", ")}) VALUES (${values.map(() => "?").join(", ")})`,
    ).run(...values.map(([, value]) => value));
  }
}

describe.each([
  ["control database", migrations("migrations/control")],
  ["tenant database", migrations("migrations/tenant")],
  ["conversation object", versions("CONVERSATION_VERSIONS")],
  ["inbox object", versions("INBOX_VERSIONS")],
])("%s", (_of, { released, steps }) => {
  it("begins with what was released", () => {
    expect(steps.slice(0, released.length)).toEqual(released);
  });

  it("keeps the rows that each step finds", () => {
    const db = new DatabaseSync(":memory:");
    const written = new Map<string, Row[]>();
    for (const [i, { sql }] of steps.entries()) {
      db.exec(sql);
      // A release is applied as a whole before its code writes anything; without one, the next will be.
      if (i < (release ? released : steps).length - 1) continue;
      const made = tablesOf(db, "table").filter((table) => !written.has(table));
      fill(db, made);
      for (const table of made) written.set(table, rowsOf(db, table));
    }
    expect(written.size).toBeGreaterThan(0);
    for (const [table, rows] of written) {
      const now = rowsOf(db, table);
      for (const row of rows) expect(now, table).toContainEqual(expect.objectContaining(row));
    }
    expect(db.prepare("PRAGMA integrity_check").all()).toMatchObject([{ integrity_check: "ok" }]);
    for (const index of tablesOf(db, "virtual"))
      db.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`);
  });
});
