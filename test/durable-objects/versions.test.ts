import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { applyVersions, CONVERSATION_VERSIONS, INBOX_VERSIONS, tablesOf } from "../../durable-objects/versions";

/** An empty object's storage, and nothing of the object. */
const within = (work: (sql: SqlStorage) => void) =>
  runInDurableObject(env.CONVERSATION.getByName(`versions:${crypto.randomUUID()}`), (_object, ctx) =>
    work(ctx.storage.sql),
  );
const schema = (sql: SqlStorage): unknown[] => sql.exec("SELECT name, sql FROM sqlite_master ORDER BY name").toArray();

const NEXT = [
  "ALTER TABLE messages ADD COLUMN size INTEGER NOT NULL DEFAULT 0; UPDATE messages SET size = length(doc);",
  "UPDATE messages SET doc = json_insert(doc, '$.size', size); ALTER TABLE messages DROP COLUMN size;",
];

it("brings an object's tables up to the last version, each once and in order", () =>
  within((sql) => {
    const released = CONVERSATION_VERSIONS.length;
    applyVersions(sql, CONVERSATION_VERSIONS, 0);
    expect(tablesOf(sql).has("messages")).toBe(true);
    sql.exec(`INSERT INTO messages (id, doc) VALUES ('1', '{"id":"c"}')`);
    const first = schema(sql);
    // Neither of these can be applied twice, and not the second before the first.
    applyVersions(sql, [...CONVERSATION_VERSIONS, NEXT[0]!], released);
    applyVersions(sql, [...CONVERSATION_VERSIONS, ...NEXT], released + 1);
    expect(sql.exec("SELECT doc FROM messages").toArray()).toEqual([{ doc: '{"id":"c","size":10}' }]);
    expect(schema(sql)).toEqual(first);
  }));

it.each([
  ["conversation", CONVERSATION_VERSIONS],
  ["inbox", INBOX_VERSIONS],
])("changes nothing when an object of the last version is opened again: %s", (_of, versions) =>
  within((sql) => {
    applyVersions(sql, versions, 0);
    const made = schema(sql);
    const before = sql.exec("SELECT total_changes() AS n").one().n;
    applyVersions(sql, versions, versions.length);
    expect(schema(sql)).toEqual(made);
    expect(sql.exec("SELECT total_changes() AS n").one().n).toBe(before);
  }),
);
