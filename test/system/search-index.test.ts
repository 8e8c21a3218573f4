import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { tagToken } from "../../src/areas/conversations/search";
import { indexedTerms, matchWords } from "../../src/kit/full-text";

/** Whatever is written, full text is what its views say. In plain SQLite, since FTS5 compares the two by itself. */

const FOLDER = join(import.meta.dirname, "..", "..", "migrations", "tenant");
const ORG = "0190a000-0000-7000-8000-000000000001";
const TOKEN = `o${ORG.replaceAll("-", "")}`;
const tagOf = (tag: string): string => tagToken(TOKEN, tag).slice(1, -1);
const NOW = 1_790_000_000_000;

it("follows contacts, conversations and texts through changes and deletions", () => {
  const db = new DatabaseSync(":memory:");
  for (const file of readdirSync(FOLDER).toSorted()) db.exec(readFileSync(join(FOLDER, file), "utf8"));
  const contact = (id: string, terms: Record<string, string>, at: number): unknown =>
    db
      .prepare(
        "INSERT INTO contacts (id, org_id, channel_source, org_token, terms, created_at, updated_at) VALUES (?, ?, 'whatsapp', ?, ?, 1, ?)",
      )
      .run(id, ORG, TOKEN, JSON.stringify(terms), at);
  const conversationOf = (id: string, at: number): unknown =>
    db
      .prepare(
        "INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, tags, tag_keys, version, created_at, updated_at) VALUES (?, ?, ?, 'a', 'whatsapp', 'open', ?, ?, 1, 1, ?)",
      )
      .run(`of ${id}`, ORG, id, '["Élite"]', '["élite"]', at);
  const found = (index: string, rows: string, match: string): unknown[] =>
    db
      .prepare(
        `SELECT r.id FROM ${index} f JOIN ${rows} r ON r.rowid = f.rowid & 16777215 WHERE ${index} MATCH ? ORDER BY f.rowid DESC`,
      )
      .all(match)
      .map((row) => (row as { id: string }).id);
  const tags = (): unknown[] =>
    db
      .prepare("SELECT conversation_id AS id, tag FROM conversation_tags ORDER BY 1, 2")
      .all()
      .map((row) => ({ ...row }));

  contact("dina", { name: "Dina O Brien", phone_number: "628123 28123" }, NOW);
  conversationOf("dina", NOW);
  // A conversation's row may come before its contact's.
  conversationOf("maria", NOW + 1);
  contact("maria", { name: "Dina Maria" }, NOW + 1);
  expect(found("contact_search", "contacts", `"${TOKEN}dina"*`)).toEqual(["maria", "dina"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}dina"*`)).toEqual(["of maria", "of dina"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}281"* AND "_sopen" AND "${tagOf("élite")}"`)).toEqual([
    "of dina",
  ]);
  // Only resolved conversations have rows of tags.
  expect(tags()).toEqual([]);
  db.prepare(
    "INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, created_at) VALUES (5, 't', ?, '0190a000-0000-7000-8000-00000000000c', 'inbound', 'text', 'Is it there?', ?)",
  ).run(ORG, NOW);
  expect(
    db
      .prepare(
        `SELECT rowid FROM texts_fts WHERE texts_fts MATCH 'terms : there AND conversation : "c0190a00000007000800000000000000c"'`,
      )
      .all(),
  ).toEqual([{ rowid: 5 }]);
  // Beyond ASCII, the index has the terms and not the text.
  const termsOf = (body: string): string => indexedTerms(body)!;
  db.prepare(
    "INSERT INTO texts (rowid, id, org_id, conversation_id, direction, type, body, terms, created_at) VALUES (6, 'u', ?, 'c', 'inbound', 'text', ?, ?, ?)",
  ).run(ORG, "我的订单", termsOf("我的订单"), NOW);
  const texts = (q: string): unknown[] =>
    db.prepare("SELECT rowid FROM texts_fts WHERE texts_fts MATCH ?").all(matchWords(q)!);
  expect([texts("订单"), texts("单"), texts("我订")]).toEqual([[{ rowid: 6 }], [{ rowid: 6 }], []]);
  db.prepare("UPDATE texts SET body = ?, terms = ? WHERE rowid = 6").run("Paweł", termsOf("Paweł"));
  expect([texts("订单"), texts("PAWEL")]).toEqual([[], [{ rowid: 6 }]]);
  const reply = db.prepare(
    "INSERT INTO quick_replies (id, org_id, org_token, title, content, terms, created_at, updated_at) VALUES (?, ?, ?, ?, 'plain', ?, 1, 1)",
  );
  for (const title of ["Grüße", "您好", "plain"]) {
    const terms = indexedTerms(title);
    reply.run(title, ORG, TOKEN, title, JSON.stringify({ title: terms }));
  }
  db.exec("UPDATE quick_replies SET title = 'other', terms = '{}' WHERE title = 'Grüße'");
  db.exec("DELETE FROM quick_replies WHERE title = '您好'");

  db.exec(
    `UPDATE contacts SET terms = json_patch(terms, '{"name":"Budi"}'), updated_at = updated_at + 9 WHERE id = 'dina'`,
  );
  db.exec(`UPDATE conversations SET tags = '["B"]', tag_keys = '["b"]', status = 'resolved' WHERE id = 'of dina'`);
  expect(found("contact_search", "contacts", `"${TOKEN}dina"*`)).toEqual(["maria"]);
  expect(found("conversation_search", "conversations", `"${TOKEN}budi" AND "_sresolved" AND "${tagOf("b")}"`)).toEqual([
    "of dina",
  ]);
  expect(found("conversation_search", "conversations", `"${tagOf("élite")}"`)).toEqual(["of maria"]);
  // A list of several tags is read from here.
  expect(found("conversation_search", "conversations", `"${tagOf("b")}" AND "${tagOf("c")}"`)).toEqual([]);
  expect(tags()).toEqual([{ id: "of dina", tag: "b" }]);
  db.exec(`UPDATE conversations SET tag_keys = '["b","c","c"]', updated_at = updated_at + 1 WHERE id = 'of dina'`);
  expect(found("conversation_search", "conversations", `"${tagOf("b")}" AND "${tagOf("c")}"`)).toEqual(["of dina"]);
  const awkward = ['"', '","', "\\", 'b\\"', 'x","y', "🔥 🔥", "[]", 'b\u0302",', "ÂÂ"];
  db.prepare("UPDATE conversations SET tag_keys = ? WHERE id = 'of maria'").run(JSON.stringify(awkward));
  for (const tag of awkward)
    expect(found("conversation_search", "conversations", `"${tagOf(tag)}"`), tag).toEqual(["of maria"]);
  for (const tag of ["x", "y", "", ",", "b"])
    expect(found("conversation_search", "conversations", `"${tagOf(tag)}"`), tag).not.toContain("of maria");
  expect(tags()).toEqual([
    { id: "of dina", tag: "b" },
    { id: "of dina", tag: "c" },
  ]);
  db.exec("UPDATE conversations SET status = 'open', updated_at = updated_at + 1 WHERE id = 'of dina'");
  expect(tags()).toEqual([]);
  db.exec("UPDATE conversations SET status = 'resolved' WHERE id = 'of dina'");
  const agree = (): void => {
    for (const index of ["contact_search", "conversation_search", "texts_fts", "quick_replies_fts"])
      db.exec(`INSERT INTO ${index} (${index}, rank) VALUES ('integrity-check', 1)`);
  };
  agree();
  db.exec("DELETE FROM contacts WHERE id = 'dina'; DELETE FROM conversations WHERE id = 'of maria';");
  db.exec("UPDATE texts SET body = 'gone'; DELETE FROM texts;");
  expect(found("conversation_search", "conversations", '"_cwhatsapp"')).toEqual([]);
  agree();
  // The check does find an index that is not what its view says.
  db.exec("DROP TRIGGER contact_search_in; UPDATE contacts SET updated_at = 1");
  expect(agree).toThrow("malformed");
});

it("refuses an organization for which no range of rowids is left, also where one that is there is ignored", () => {
  const db = new DatabaseSync(":memory:");
  for (const file of readdirSync(FOLDER).toSorted()) db.exec(readFileSync(join(FOLDER, file), "utf8"));
  const register = (id: string): unknown =>
    db
      .prepare(
        "INSERT OR IGNORE INTO orgs (org_id, name, slug, status, created_at, updated_at) VALUES (?1, ?1, ?1, 'active', 1, 1)",
      )
      .run(id);
  register("first");
  db.exec("UPDATE orgs SET number = 32767");
  expect(() => register("one too many")).toThrow("a database holds 32767 organizations");
  expect(db.prepare("SELECT count(*) AS n FROM orgs").get()).toEqual({ n: 1 });
});
