import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { publicContext } from "../../src/app";
import { forgetSettings } from "../../src/areas/access/settings-of";
import { dueWindowsSql, outdatedBoundsSql } from "../../src/areas/conversations/due-windows";
import { everyMinute } from "../minute";
import { clock, HOUR, MINUTE } from "../../src/kit/clock";
import { conversationWith, customerWrites, door, eventually, login, type Org, organization, phone } from "../harness";
import { expectProblem } from "../problem";

vi.setConfig({ testTimeout: 60_000 });
const realNow = clock.now;
afterEach(() => void (clock.now = realNow));

const text = { type: "text", content: { text: "Hello" } };
const minute = (): Promise<void> => everyMinute(publicContext(env, () => {}));
const at = (ms: number): void => void (clock.now = () => ms);

/** A conversation whose customer has written now, and has had an answer if it is said so. */
async function begun({ isAnswered = false } = {}) {
  const org = await organization();
  const { phoneNumberId } = await org.connect();
  const from = phone();
  await customerWrites(phoneNumberId, from);
  const { id, window_expires_at } = await conversationWith(org, from);
  if (isAnswered) await org.call("POST", `/api/conversations/${id}/messages`, text);
  return { org, id: id as string, from, phoneNumberId, closesAt: Date.parse(window_expires_at) };
}

const rule = async (org: Org, body: unknown, channel = "whatsapp"): Promise<any> =>
  (await org.call("PUT", `/api/chat-expiration/${channel}`, body)).body;
const one = async (org: Org, id: string): Promise<any> => (await org.call("GET", `/api/conversations/${id}`)).body;

/** Returns the types of a conversation's live events. */
async function events(org: Org, id: string): Promise<string[]> {
  const object = env.CONVERSATION.getByName(`${org.id}:${id}`) as unknown as { inspect(): Promise<{ seq: number }> };
  const { seq } = await object.inspect();
  const response = await door(`/api/conversations/${id}/live?since=0`, {
    headers: { upgrade: "websocket", authorization: `Bearer ${org.token}` },
  });
  const types: string[] = [];
  const socket = response.webSocket!;
  socket.addEventListener("message", ({ data }) => types.push((JSON.parse(data as string) as { type: string }).type));
  socket.accept();
  await eventually(async () => expect(types.length).toBeGreaterThan(seq));
  socket.close();
  return types.filter((type) => type.startsWith("window.") || type === "conversation.resolved");
}

it("is closed at once by a message that comes late, and lists say so", async () => {
  const { org, phoneNumberId } = await begun();
  const from = phone();
  await customerWrites(phoneNumberId, from, "On its way for long", { at: clock.now() - 30 * HOUR });
  const listed = await conversationWith(org, from);
  expect(listed).toMatchObject({ window_status: "expired", status: "open" });
  expect(Date.parse(listed.window_expires_at)).toBeLessThan(clock.now());
  expect(await one(org, listed.id)).toMatchObject({ window_status: "expired" });
  await customerWrites(phoneNumberId, from, "Nearly closed", { at: clock.now() - 23.5 * HOUR });
  expect((await one(org, listed.id)).window_status).toBe("expiring");
  await customerWrites(phoneNumberId, from);
  expect((await one(org, listed.id)).window_status).toBe("open");
});

describe("the rules", () => {
  it("are the channels' own until they are changed, one for each", async () => {
    const org = await organization();
    const short = (rules: any[]) =>
      rules.map((r) => [
        r.channel,
        r.window_hours,
        r.auto_resolve,
        r.resolve_unanswered,
        r.block_text_after_window,
        r.is_active,
      ]);
    const { body } = await org.call("GET", "/api/chat-expiration");
    expect(short(body)).toEqual([
      ["whatsapp", 24, true, false, true, true],
      ["instagram", 24, true, false, true, true],
      ["messenger", 24, true, false, true, true],
      ["email", 0, true, false, true, true],
    ]);
    const changed = await rule(org, { window_hours: 72, auto_resolve: false, resolve_unanswered: true }, "email");
    expect(short([changed])).toEqual([["email", 72, false, true, true, true]]);
    expect(changed.id).toBe(body[3].id);
    expect((await org.call("GET", "/api/chat-expiration")).body[3]).toEqual(changed);
    expect(await rule(org, {}, "email")).toEqual(changed);
    const log = await org.call("GET", "/api/activity-logs?action=chat_expiration.update");
    expect(log.body.data.map((entry: any) => entry.changes)).toEqual([
      {
        channel: ["email", "email"],
        window_hours: [0, 72],
        auto_resolve: [true, false],
        resolve_unanswered: [false, true],
      },
    ]);
    for (const wrong of [
      { window_hours: -1 },
      { window_hours: 8761 },
      { window_hours: 1.5 },
      { hours: 1 },
      { auto_resolve: 1 },
      { resolve_unanswered: null },
    ])
      expectProblem(await org.call("PUT", "/api/chat-expiration/email", wrong), 422, "invalid_request");
    expectProblem(await org.call("PUT", "/api/chat-expiration/fax", {}), 400, "malformed_request");
  });

  it("count at once: on sends, in lists and for the sweep, without a row rewritten", async () => {
    const { org, id, closesAt } = await begun();
    const opened = closesAt - 24 * HOUR;
    await rule(org, { window_hours: 2 });
    expect((await one(org, id)).window_expires_at).toBe(new Date(opened + 2 * HOUR).toISOString());
    expect((await org.call("GET", "/api/conversations")).body.data[0].window_expires_at).toBe(
      new Date(opened + 2 * HOUR).toISOString(),
    );
    at(opened + 2 * HOUR);
    expectProblem(await org.call("POST", `/api/conversations/${id}/messages`, text), 422, "window_closed");
    await rule(org, { block_text_after_window: false });
    expect((await org.call("POST", `/api/conversations/${id}/messages`, text)).status).toBe(201);
    await rule(org, { block_text_after_window: true, auto_resolve: false });
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "open", window_status: "expired" });
    // Longer again: open again, and so it is said.
    await rule(org, { window_hours: 48 });
    await minute();
    expect(await one(org, id)).toMatchObject({
      status: "open",
      window_status: "open",
      window_expires_at: new Date(opened + 48 * HOUR).toISOString(),
    });
    expect((await org.call("POST", `/api/conversations/${id}/messages`, text)).status).toBe(201);
    await rule(org, { is_active: false });
    at(opened + 100 * HOUR);
    forgetSettings();
    await minute();
    const admin = await login(org.email);
    expect((await admin.call("GET", `/api/conversations/${id}`)).body).toMatchObject({
      status: "open",
      window_status: "open",
      window_expires_at: null,
    });
    expect(await events(org, id)).toEqual(["window.expired"]);
  });
});

describe("a window", () => {
  it("warns an hour before it closes, closes, and resolves, each once, also when the minute runs twice or not for an hour", async () => {
    const { org, id, closesAt } = await begun({ isAnswered: true });
    at(closesAt - HOUR - 1);
    await minute();
    expect(await one(org, id)).toMatchObject({ window_status: "open" });
    at(closesAt - HOUR);
    await Promise.all([minute(), minute()]);
    expect(await one(org, id)).toMatchObject({ status: "open", window_status: "expiring" });
    // Nothing ran for two hours.
    at(closesAt + HOUR);
    await Promise.all([minute(), minute()]);
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "resolved", window_status: "expired" });
    expect(await events(org, id)).toEqual(["window.expiring", "window.expired", "conversation.resolved"]);
  });

  it("is opened by the customer, and is then a window of its own", async () => {
    const { org, id, from, phoneNumberId, closesAt } = await begun();
    at(closesAt - 10 * MINUTE);
    await minute();
    await customerWrites(phoneNumberId, from, "Are you there?", { at: clock.now() });
    await eventually(async () => expect((await one(org, id)).window_status).toBe("open"));
    expect(Date.parse((await one(org, id)).window_expires_at)).toBeGreaterThan(closesAt + 23 * HOUR);
    at(closesAt + MINUTE);
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "open", window_status: "open" });
  });

  it("that closed before somebody took the conversation up again gives it as long again", async () => {
    const { org, id, closesAt } = await begun();
    await org.call("PATCH", `/api/conversations/${id}/status`, { status: "resolved" });
    at(closesAt + HOUR);
    expect((await org.call("PATCH", `/api/conversations/${id}/status`, { status: "open" })).body).toMatchObject({
      status: "open",
      window_status: "expired",
    });
    await minute();
    expect((await one(org, id)).status).toBe("open");
    at(closesAt + 25 * HOUR);
    await minute();
    expect((await one(org, id)).status).toBe("resolved");
  });

  it("that was closed when the message came, late, is resolved no sooner than any other", async () => {
    const org = await organization();
    await rule(org, { resolve_unanswered: true });
    const { phoneNumberId } = await org.connect();
    const from = phone();
    const now = realNow();
    await customerWrites(phoneNumberId, from, "late", { at: now - 30 * HOUR });
    const { id } = await conversationWith(org, from);
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "open", unread_count: 1, window_status: "expired" });
    at(now + 23 * HOUR);
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "open" });
    at(now + 24 * HOUR + MINUTE);
    await minute();
    expect(await one(org, id)).toMatchObject({ status: "resolved" });
    expect(await events(org, id)).toEqual(["window.expired", "conversation.resolved"]);
  });

  it("resolves nothing whose customer waits for an answer, and reads it no more", async () => {
    const { org, id, closesAt, from, phoneNumberId } = await begun({ isAnswered: true });
    await customerWrites(phoneNumberId, from, "And the red one?");
    const unanswered = await begun();
    at(closesAt + HOUR);
    await minute();
    await minute();
    for (const [its, conversation] of [
      [org, id],
      [unanswered.org, unanswered.id],
    ] as const) {
      expect(await one(its, conversation)).toMatchObject({ status: "open", window_status: "expired" });
      expect(await events(its, conversation)).toEqual(["window.expired"]);
    }
    const due = await org.tenantDb.prepare(dueWindowsSql("?2", "o.org_id = ?1")).bind(org.id, clock.now()).all();
    expect(due.results).toEqual([]);
    // Once it is answered, it has as long again as a window lasts.
    await rule(org, { block_text_after_window: false });
    expect((await org.call("POST", `/api/conversations/${id}/messages`, text)).status).toBe(201);
    await minute();
    expect((await one(org, id)).status).toBe("open");
    at(clock.now() + 24 * HOUR + MINUTE);
    await minute();
    expect((await login(org.email).then((admin) => admin.call("GET", `/api/conversations/${id}`))).body.status).toBe(
      "resolved",
    );
  });

  it("resolves that too where the rule says so, also what stayed open before it did", async () => {
    const { org, id, closesAt } = await begun();
    at(closesAt + MINUTE);
    await minute();
    expect((await one(org, id)).status).toBe("open");
    await rule(org, { resolve_unanswered: true });
    await Promise.all([minute(), minute()]);
    expect(await one(org, id)).toMatchObject({ status: "resolved", window_status: "expired" });
    expect(await events(org, id)).toEqual(["window.expired", "conversation.resolved"]);
  });

  it("is looked at on demand, by one's own rules and of one's own conversations only", async () => {
    const [mine, other] = [await begun({ isAnswered: true }), await begun({ isAnswered: true })];
    at(Math.max(mine.closesAt, other.closesAt) + MINUTE);
    expect((await mine.org.call("POST", "/api/conversations/expire")).body).toEqual({
      examined: 1,
      expired: 1,
      failed: 0,
      has_more: false,
    });
    expect((await mine.org.call("POST", "/api/conversations/expire")).body).toEqual({
      examined: 0,
      expired: 0,
      failed: 0,
      has_more: false,
    });
    expect((await one(other.org, other.id)).status).toBe("open");
  });

  it("is found without reading what is not due", async () => {
    const { org, id } = await begun();
    const insert = `INSERT INTO conversations (id, org_id, contact_id, account_id, channel, status, version, created_at, updated_at, last_inbound_at, window_since, window_status)
      SELECT lower(hex(randomblob(16))), ?1, 'c', 'a', 'whatsapp', iif(value % 2, 'open', 'resolved'), 1, 0, ?2, ?2, ?2, iif(value % 2, 'open', 'expired') FROM json_each(?3)`;
    await org.tenantDb
      .prepare(insert)
      .bind(org.id, realNow(), JSON.stringify(Array.from({ length: 500 }, (_, i) => i)))
      .run();
    const find = () =>
      org.tenantDb
        .prepare(`${dueWindowsSql("?2", "o.org_id = ?1")} LIMIT 100`)
        .bind(org.id, clock.now())
        .all<{ id: string }>();
    const { results, meta } = await find();
    expect(results).toEqual([]);
    expect(meta.rows_read).toBeLessThan(80);
    at(Date.parse((await one(org, id)).window_expires_at) - HOUR);
    expect((await find()).results.map((row) => row.id)).toEqual([id]);
    await org.tenantDb.prepare("DELETE FROM conversations WHERE org_id = ? AND contact_id = 'c'").bind(org.id).run();
  });

  it("is found at its time though the search knows an earlier message, and at once under a shorter rule", async () => {
    const { org, id, closesAt } = await begun();
    const row = () =>
      org.tenantDb
        .prepare("SELECT window_since, last_inbound_at FROM conversations WHERE id = ?")
        .bind(id)
        .first<any>();
    const bounds = async (): Promise<unknown[]> =>
      (await org.tenantDb.prepare(outdatedBoundsSql("?2", "o.org_id = ?1")).bind(org.id, clock.now()).all()).results;
    // As after twenty hours of messages that left it alone.
    await org.tenantDb
      .prepare("UPDATE conversations SET window_since = last_inbound_at - ? WHERE id = ?")
      .bind(20 * HOUR, id)
      .run();
    at(closesAt - 10 * HOUR);
    expect(await bounds()).toHaveLength(1);
    await minute();
    const { window_since, last_inbound_at } = await row();
    expect(window_since).toBe(last_inbound_at);
    expect(await bounds()).toEqual([]);
    expect((await one(org, id)).window_status).toBe("open");
    await org.tenantDb
      .prepare("UPDATE conversations SET window_since = last_inbound_at - ? WHERE id = ?")
      .bind(HOUR, id)
      .run();
    await rule(org, { window_hours: 12, auto_resolve: false });
    await minute();
    expect((await one(org, id)).window_status).toBe("expired");
  });
});
