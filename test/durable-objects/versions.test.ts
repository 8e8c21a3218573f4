import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { applyVersions, CONVERSATION_VERSIONS, hasTables, INBOX_VERSIONS } from "../../durable-objects/versions";

/** An empty object's storage, and nothing of the object. */
const within = (work: (sql: SqlStorage) => void) =>
  runInDurableObject(env.CONVERSATION.getByName(`versions:${crypto.randomUUID()}`), (_object, ctx) =>
    work(ctx.storage.sql),
  );
const schema = (sql: SqlStorage): unknown[] => sql.exec("SELECT name, sql FROM sqlite_master ORDER BY name").toArray();

const NEXT = [
  "ALTER TABLE state ADD COLUMN size INTEGER NOT NULL DEFAULT 0; UPDATE state SET size = length(doc);",
  "UPDATE state SET doc = json_insert(doc, '$.size', size); ALTER TABLE state DROP COLUMN size;",
];

it("brings an object's tables up to the last version, each once and in order", () =>
  within((sql) => {
    expect(hasTables(sql)).toBe(false);
    applyVersions(sql, CONVERSATION_VERSIONS);
    expect(hasTables(sql)).toBe(true);
    sql.exec(`INSERT INTO state VALUES (1, '{"id":"c"}')`);
    const first = schema(sql);
    // Neither of these can be applied twice, and not the second before the first.
    applyVersions(sql, [...CONVERSATION_VERSIONS, NEXT[0]!]);
    applyVersions(sql, [...CONVERSATION_VERSIONS, ...NEXT]);
    expect(sql.exec("SELECT doc FROM state").toArray()).toEqual([{ doc: '{"id":"c","size":10}' }]);
    expect(schema(sql)).toEqual(first);
    expect(sql.exec("SELECT projected, published FROM cursors").toArray()).toEqual([{ projected: 0, published: 0 }]);
  }));

it.each([
  ["conversation", CONVERSATION_VERSIONS],
  ["inbox", INBOX_VERSIONS],
])("changes nothing when an object of the last version is opened again: %s", (_of, versions) =>
  within((sql) => {
    applyVersions(sql, versions);
    const made = schema(sql);
    const before = sql.exec("SELECT total_changes() AS n").one().n;
    applyVersions(sql, versions);
    expect(schema(sql)).toEqual(made);
    expect(sql.exec("SELECT total_changes() AS n").one().n).toBe(before);
    expect(sql.exec("SELECT version FROM schema_version").toArray()).toEqual([{ version: versions.length }]);
  }),
);
