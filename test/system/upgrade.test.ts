import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";

/** A database as the code of before left it, and what the migrations make of it. Plain SQLite: they are one statement after the other. */

const FOLDER = join(import.meta.dirname, "..", "..", "migrations", "tenant");
const MIGRATIONS = readdirSync(FOLDER).toSorted();

function databaseUpTo(last: number): { db: DatabaseSync; migrate: () => void } {
  const db = new DatabaseSync(":memory:");
  const apply = (files: readonly string[]): void =>
    files.forEach((file) => db.exec(readFileSync(join(FOLDER, file), "utf8")));
  const numberOf = (file: string): number => Number.parseInt(file, 10);
  apply(MIGRATIONS.filter((file) => numberOf(file) <= last));
  return { db, migrate: () => apply(MIGRATIONS.filter((file) => numberOf(file) > last)) };
}

const ORG = "0190a000-0000-7000-8000-000000000001";
const TOKEN = `o${ORG.replaceAll("-", "")}`;

it("adds up all channels of the days that were counted before", () => {
  const { db, migrate } = databaseUpTo(13);
  const columns = (db.prepare("PRAGMA table_info(daily_counts)").all() as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => !["org_id", "scope", "scope_id", "day"].includes(name));
  const channels = ["whatsapp", "email"];
  for (const [i, channel] of channels.entries())
    db.prepare(
      `INSERT INTO daily_counts (org_id, scope, scope_id, day, ${columns.join(", ")}) VALUES (?, 'channel', ?, '2026-11-01', ${columns.map((_, n) => (n + 1) * 10 ** i).join(", ")})`,
    ).run(ORG, channel);
  migrate();
  const all = db.prepare("SELECT * FROM daily_counts WHERE scope = 'channel' AND scope_id = 'all'").all();
  expect(all).toEqual([
    {
      org_id: ORG,
      scope: "channel",
      scope_id: "all",
      day: "2026-11-01",
      ...Object.fromEntries(columns.map((name, n) => [name, (n + 1) * 11])),
    },
  ]);
});

it("finds the contacts, conversations and messages of before, and what code of before still writes", () => {
  const { db, migrate } = databaseUpTo(14);
  const contact = (id: string, terms: string, at: number): unknown =>
    db
      .prepare(
        "INSERT INTO contacts (id, org_id, channel_source, org_token, search_terms, created_at, updated_at) VALUES (?, ?, 'whatsapp', ?, ?, 1, ?)",
      )
      .run(id, ORG, TOKEN, terms, at);
  const conversationOf = (id: string, at: number): unknown =>
    db
      .prepare(
        "INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, tags, version, created_at, updated_at) VALUES (?, ?, ?, 'a', 'whatsapp', 'open', ?, 1, 1, ?)",
      )
      .run(`of ${id}`, ORG, id, '["VIP"]', at);
  const now = 1_790_000_000_000;
  contact("old", "✨Dina✨ O'Brien 628123 28123", now);
  conversationOf("old", now);
  contact("older", "Dina", now - 1);
  conversationOf("older", now - 1);
  db.prepare(
    "INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at) VALUES (5, 't', ?, '0190a000-0000-7000-8000-00000000000c', 'inbound', 'text', 'Is it there?', ?)",
  ).run(ORG, now);
  migrate();
  // The row of a conversation may be there before its contact's.
  conversationOf("new", now + 1);
  contact("new", "Dina-Maria 6281", now + 1);

  const found = (index: string, rows: string, match: string): unknown[] =>
    db
      .prepare(
        `SELECT r.id FROM ${index} f JOIN ${rows} r ON r.rowid = f.rowid & 16777215 WHERE ${index} MATCH ? ORDER BY f.rowid DESC`,
      )
      .all(match)
      .map((row) => (row as { id: string }).id);
  expect(found("contact_search", "contacts", `"${TOKEN}dina"*`)).toEqual(["new", "old", "older"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}dina"*`)).toEqual(["of new", "of old", "of older"]);
  for (const word of ["brien", "628", "28123"])
    expect(found("contact_search", "contacts", `"${TOKEN}${word}"* AND "${TOKEN}dina"`), word).toContain("old");
  expect(found("conversation_search", "conversations", `"${TOKEN}brien"* AND "_sopen" AND "vip"`)).toEqual(["of old"]);
  expect(
    db
      .prepare(
        `SELECT rowid, snippet(texts_fts, 0, '«', '»', '…', 24) AS snippet FROM texts_fts WHERE texts_fts MATCH 'body : there AND conversation : "c0190a00000007000800000000000000c"'`,
      )
      .all(),
  ).toEqual([{ rowid: 5, snippet: "Is it «there»?" }]);

  // What code of before changes, and what code of now merges into what it does not know the parts of.
  db.prepare("UPDATE contacts SET search_terms = 'Budi 628', updated_at = updated_at + 9 WHERE id = 'older'").run();
  db.prepare(
    `UPDATE contacts SET terms = json_patch(coalesce(terms, json_object('before', search_terms)), '{"username":"dd"}') WHERE id = 'old'`,
  ).run();
  expect(found("contact_search", "contacts", `"${TOKEN}dina"*`)).toEqual(["new", "old"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}budi"*`)).toEqual(["of older"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}dd"* AND "${TOKEN}dina"*`)).toEqual(["of old"]);
  db.exec(
    "DELETE FROM contacts WHERE id = 'old'; DELETE FROM conversations WHERE id = 'of new'; UPDATE texts SET body = 'gone'; DELETE FROM texts",
  );
  for (const index of ["contact_search", "conversation_search", "texts_fts"])
    db.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`);
});
